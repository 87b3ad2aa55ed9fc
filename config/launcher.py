"""`./run`: everything that one machine needs, from nothing to the printed address, and back.

The servers come first and go last: PostgreSQL, Redis, then beat, worker and web.
"""

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import environ
from rich.console import Console

from config import embedded
from config.server_account import ServerError
from config.supervision import PROJECT, Supervisor

LEAST_FREE_BYTES = 1024**3
START_SECONDS = 120
console = Console(highlight=False, soft_wrap=True)


class LaunchError(Exception):
    """Likeness cannot start or go on; the text is a sentence for the person who started it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where this instance keeps its data, and where it can be reached."""

    data: Path
    host: str
    port: int

    @property
    def address(self) -> str:
        shown = "localhost" if self.host in {"127.0.0.1", "0.0.0.0"} else self.host  # noqa: S104
        return f"http://{shown}:{self.port}"
