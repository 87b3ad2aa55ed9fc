"""Who the embedded servers run as: this user, or a powerless account when this user is root."""

import logging
import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_NAME = "likeness"
logger = logging.getLogger(__name__)


class ServerError(Exception):
    """An embedded server cannot run; the text is a sentence for the person who started it."""


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @classmethod
    def of_servers(cls) -> "Account":
        """The present user; for root, whom PostgreSQL refuses to serve, an account of its own."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        entry = _find_or_create(ACCOUNT_NAME)
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def is_present_user(self) -> bool:
        return self.uid == os.geteuid()

    def run(
        self, command: Sequence[str | Path], *, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, `text` on its standard input, in a folder open to all."""
        switch = not self.is_present_user
        return subprocess.run(  # noqa: S603 - only commands of this package
            command,
            check=False,
            input=text,
            capture_output=True,
            text=True,
            cwd="/",
            user=self.uid if switch else None,
            group=self.gid if switch else None,
            extra_groups=() if switch else None,
        )

    def make_folder(self, folder: Path) -> None:
        """Make a folder that only this account can enter, and let the account reach it.

        Raises: ServerError when the folder belongs to somebody else.
        """
        if folder.is_symlink():
            raise ServerError(f"{folder} is a link: replace it by a folder, and start again.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
        if owner not in (self.uid, os.geteuid()):
            raise ServerError(
                f"{folder} belongs to the user {_name_of(owner)}: start Likeness as the user "
                "that started it first, or give another folder in LIKENESS_DATA."
            )
        if not self.is_present_user:
            os.chown(folder, self.uid, self.gid)
            self.let_through(folder)
        folder.chmod(0o700)

    def write(self, path: Path, text: str) -> None:
        """Write a file that this account, and besides root nobody else, can read."""
        path.write_text(text)
        path.chmod(0o600)
        if not self.is_present_user:
            os.chown(path, self.uid, self.gid)

    def let_through(self, path: Path) -> None:
        """Let this account pass (not read) the folders above `path`; only root has to."""
        if self.is_present_user:
            return
        for folder in path.resolve().parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                logger.warning(
                    "%s can now be passed through by the account %s, which runs the database.",
                    folder,
                    ACCOUNT_NAME,
                )
                folder.chmod(mode | stat.S_IXOTH)


def _find_or_create(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        pass
    try:
        subprocess.run(  # noqa: S603 - the name is this module's
            # S607: where useradd lies differs between systems
            ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", name],  # noqa: S607
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(name)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise ServerError(
            f"PostgreSQL does not run as root, and the account {name} for it could not be made: "
            "start Likeness as an ordinary user."
        ) from error


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
