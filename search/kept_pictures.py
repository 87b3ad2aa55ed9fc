"""Copies of pictures that are asked with, to mark something in them: in memory, for a while."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection, transaction

from accounts.models import User
from faceengine.pictures import Image, to_jpeg
from galleries.engine import WORKING_SIDE

LIFETIME_SECONDS = 15 * 60
#: Of each kind the last ones of a user only, or who searches all day would fill the memory.
KEPT_PICTURES = 10


@dataclass(frozen=True, slots=True)
class KeptPictures:
    """Those that are asked with in one way; `kind` tells them apart in Redis."""

    kind: str

    @transaction.atomic
    def keep(self, token: str, user: User, image: Image) -> None:
        content = to_jpeg(image, WORKING_SIDE)
        tokens_key = f"{self.kind}-pictures:{user.pk}"
        lock(tokens_key)
        tokens = [*cache.get(tokens_key, ()), token]
        cache.delete_many([self._key(old, user) for old in tokens[:-KEPT_PICTURES]])
        cache.set(tokens_key, tokens[-KEPT_PICTURES:], LIFETIME_SECONDS)
        cache.set(self._key(token, user), content, LIFETIME_SECONDS)

    def get(self, token: str, user: User) -> bytes | None:
        content: bytes | None = cache.get(self._key(token, user))
        return content

    def _key(self, token: str, user: User) -> str:
        return f"{self.kind}-picture:{user.pk}:{token}"


def lock(key: str) -> None:
    """Let one transaction at a time read and write what is kept under a key, until it ends.

    By PostgreSQL, which lets go of it whatever happens to the process.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
