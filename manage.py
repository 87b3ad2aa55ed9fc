#!/usr/bin/env python
"""Django's command line for Likeness."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config.server_account import ServerError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ServerError, ImproperlyConfigured) as error:  # each says what to do
        sys.exit(str(error))
