"""What makes vectors: a version of a model, and the index over what it has made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.db import connection, models, transaction

#: Of the HNSW index. With pgvector's default of 64 candidates a walk of 200 finds .95 of the ten
#: nearest, with 200 of them .99, in an index of the same size that takes twice as long to build.
LINKS, BUILDING_CANDIDATES = 16, 200


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """An HNSW index on some rows of a table.

    `key` is what PostgreSQL calls so: a column or an expression in brackets, and its operators.
    """

    name: str
    table: str
    key: str
    condition: str

    def create(self) -> None:
        """Build the index if it is not there; reads and writes go on.

        Must not run inside a transaction: PostgreSQL builds CONCURRENTLY outside of one only.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [self.name]
            )
            if cursor.fetchone() == (True,):
                return
            # an interrupted build leaves an index that is kept up to date and never used
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self.name}")
            cursor.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {self.name} "
                f"ON {self.table} USING hnsw ({self.key}) "
                f"WITH (m = {LINKS:d}, ef_construction = {BUILDING_CANDIDATES:d}) "
                f"WHERE {self.condition}"
            )


class VectorModel(models.Model):
    """One version of a model. Vectors of two versions are never compared."""

    #: Where its vectors lie, each with the `model_id` of its version.
    VECTOR_TABLE: ClassVar[str]
    INDEX_PREFIX: ClassVar[str]

    key = models.CharField(max_length=80, unique=True)
    dimensions = models.PositiveSmallIntegerField()
    is_default = models.BooleanField(default=False)
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    @property
    def index_key(self) -> str:
        """What of a vector the index compares, and how; empty where no index can answer."""
        raise NotImplementedError

    @transaction.atomic
    def make_default(self) -> None:
        """Use this version from now on; what was made with others stays as it is."""
        others = type(self)._default_manager.filter(is_default=True)  # noqa: SLF001 - documented
        others.update(is_default=False)
        self.is_default = True
        self.save(update_fields=["is_default"])

    @property
    def index_name(self) -> str:
        return f"{self.INDEX_PREFIX}_{self.pk:d}"

    def create_index(self) -> None:
        """Build the partial index of this version if it is not there, outside of a transaction."""
        if self.index_key:
            condition = f"model_id = {self.pk:d}"
            VectorIndex(self.index_name, self.VECTOR_TABLE, self.index_key, condition).create()
