#!/usr/bin/env python
"""Django's command line for Likeness."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import ProgrammingError
from psycopg2.errors import UndefinedColumn, UndefinedTable

from config.server_account import ServerError

NOT_PREPARED = (
    "The database has not been prepared for this version of Likeness: start it once with ./run, or "
    "run ./run manage prepare --migrate"
)

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ServerError, ImproperlyConfigured) as error:  # each says what to do
        sys.exit(str(error))
    except ProgrammingError as error:
        if isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
            sys.exit(NOT_PREPARED)
        raise
