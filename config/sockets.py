"""Where the embedded servers listen."""

import hashlib
import os
from pathlib import Path

# macOS allows 104 bytes for a socket's path, Linux 108; ".s.PGSQL.5432" and a zero come on top
LONGEST_FOLDER = 88


def socket_folder(data: Path) -> Path:
    """A folder under `data`; below /tmp when the path would be too long for a socket.

    Always the same for one user and `data`, so that every process finds it.
    """
    folder = data / "sockets"
    if len(os.fsencode(folder)) <= LONGEST_FOLDER:
        return folder
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(f"/tmp/likeness-{os.geteuid()}-{digest}")  # noqa: S108 - owner and mode are checked
