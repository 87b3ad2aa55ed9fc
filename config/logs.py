"""What of Django's own log is no error of this server."""

import logging


class BusyIsNoError(logging.Filter):
    """Says "come again" (503) as a warning: Django logs every 5xx as an error.

    What is out of order says so itself, with its cause.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == 503:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True
