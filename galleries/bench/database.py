"""A database for one measurement: nobody's galleries are read or touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.db import connection


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """Work on an empty database `likeness_bench_<name>`, dropped at the end, with its own cache.

    What a killed run left behind is dropped first.
    """
    installation, prefix = connection.settings_dict["NAME"], cache.key_prefix
    own = f"likeness_bench_{name}"
    connection.settings_dict["TEST"]["NAME"] = own
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    cache.key_prefix = own
    try:
        yield
    finally:
        cache.key_prefix = prefix
        connection.creation.destroy_test_db(installation, verbosity=0)
