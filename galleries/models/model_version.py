"""Which engine made a vector."""

from __future__ import annotations

from django.db import connection, models, transaction

from faceengine.catalog import Calibration, Pack, get_pack


class ModelVersionManager(models.Manager["ModelVersion"]):
    def default(self) -> ModelVersion:
        """The model version of new galleries. Raises: DoesNotExist before `manage.py prepare`."""
        return self.get(is_default=True)

    def register(self, pack: Pack) -> ModelVersion:
        """Record a model pack in its present version; known ones stay as they are."""
        version, _ = self.get_or_create(
            key=pack.key, defaults={"pack": pack.name, "dimensions": pack.dimensions}
        )
        return version


class ModelVersion(models.Model):
    """One version of one model pack. Vectors of two versions are never compared."""

    key = models.CharField(max_length=80, unique=True)
    pack = models.CharField(max_length=60)
    dimensions = models.PositiveSmallIntegerField()
    is_default = models.BooleanField(default=False, help_text="New galleries use this version.")
    registered_at = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_model_version",
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def calibration(self) -> Calibration:
        """What a cosine similarity of this model means."""
        return get_pack(self.pack).calibration

    @transaction.atomic
    def make_default(self) -> None:
        """Let new galleries use this version; galleries that exist keep theirs."""
        ModelVersion.objects.filter(is_default=True).update(is_default=False)
        self.is_default = True
        self.save(update_fields=["is_default"])

    def create_index(self) -> None:
        """Build the partial HNSW index of this version if it is not there; reads and writes go on.

        Must not run inside a transaction: PostgreSQL builds CONCURRENTLY outside of one only.
        """
        name = f"face_vector_hnsw_{self.pk:d}"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name]
            )
            if cursor.fetchone() == (True,):
                return
            # an interrupted build leaves an index that is kept up to date and never used
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            cursor.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} "
                f"ON galleries_facevector USING hnsw "
                f"((vector::halfvec({self.dimensions:d})) halfvec_cosine_ops) "
                f"WHERE model_id = {self.pk:d}"
            )
