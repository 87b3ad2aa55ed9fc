"""The secret key of an installation that was given none."""

import os
import secrets
from pathlib import Path


def local_secret_key(data: Path) -> str:
    """Read the key kept in `data`, or make it once; processes that start together agree on one."""
    path = data / "secret_key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        draft = data / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        try:
            # a link appears whole or not at all, and never replaces the key of a faster process
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
