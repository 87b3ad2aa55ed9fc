"""Which engine made a vector."""

from __future__ import annotations

from django.db import connection, models, transaction

from faceengine.calibrations import CalibrationError
from faceengine.catalog import UnknownPackError, get_pack
from faceengine.packs import Calibration, Pack
from galleries.engine import calibration_for, is_installed

#: The longest vectors that pgvector indexes as `halfvec`.
MAX_INDEXED_DIMENSIONS = 4000
#: Of the HNSW index. With pgvector's default of 64 candidates a walk of 200 finds .95 of the ten
#: nearest, with 200 of them .99, in an index of the same size that takes twice as long to build.
LINKS, BUILDING_CANDIDATES = 16, 200


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
        """What a cosine similarity of this model means. Raises: CalibrationError."""
        calibration = calibration_for(self.pack)
        if calibration is None:
            raise CalibrationError(how_to_calibrate(self.pack))
        return calibration

    @property
    def is_usable(self) -> bool:
        """Whether this machine makes such vectors, and knows what their similarities mean."""
        pack = self._present_pack()
        return pack is not None and pack.key == self.key

    @property
    def successor_is_usable(self) -> bool:
        """Whether this machine makes vectors of a later version of the same pack instead."""
        pack = self._present_pack()
        return pack is not None and pack.key != self.key

    def _present_pack(self) -> Pack | None:
        """The pack as it is today, if it is known, installed and measured."""
        try:
            pack = get_pack(self.pack)
        except UnknownPackError:
            return None
        return pack if is_installed(pack) and calibration_for(pack.name) else None

    @property
    def remedy(self) -> str:
        """What an administrator does about a version that is not usable, as a sentence."""
        try:
            pack = get_pack(self.pack)
        except UnknownPackError as error:
            return str(error)
        if not is_installed(pack):
            return f"Run ./run models install {self.pack}"
        if calibration_for(self.pack) is None:
            return how_to_calibrate(self.pack)
        return f"Start Likeness again: its galleries then move on to {pack.key}."

    @property
    def is_indexed(self) -> bool:
        """Whether an index can answer; longer vectors are compared one by one."""
        return self.dimensions <= MAX_INDEXED_DIMENSIONS

    @transaction.atomic
    def make_default(self) -> None:
        """Let new galleries use this version; galleries that exist keep theirs."""
        ModelVersion.objects.filter(is_default=True).update(is_default=False)
        self.is_default = True
        self.save(update_fields=["is_default"])

    @property
    def index_name(self) -> str:
        return f"face_vector_hnsw_{self.pk:d}"

    def create_index(self) -> None:
        """Build the partial HNSW index of this version if it is not there; reads and writes go on.

        Must not run inside a transaction: PostgreSQL builds CONCURRENTLY outside of one only.
        """
        if not self.is_indexed:
            return
        name = self.index_name
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
                f"WITH (m = {LINKS:d}, ef_construction = {BUILDING_CANDIDATES:d}) "
                f"WHERE model_id = {self.pk:d}"
            )


def how_to_calibrate(pack: str) -> str:
    """A sentence for administrators."""
    return (
        f"Nobody has measured yet what a similarity of the model pack {pack} means. Measure it on "
        "photos of people you know, one folder a person, and start again: "
        f"./run evaluate identification FOLDER --pack {pack} --save"
    )
