"""Which engine made a vector."""

from __future__ import annotations

from django.db import models

from faceengine.calibrations import CalibrationError
from faceengine.catalog import UnknownPackError, get_pack
from faceengine.packs import Calibration, Pack
from galleries.engine import calibration_for, is_installed
from galleries.models.vector_model import VectorModel

#: The longest vectors that pgvector indexes as `halfvec`.
MAX_INDEXED_DIMENSIONS = 4000


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


class ModelVersion(VectorModel):
    """One version of one model pack; galleries keep theirs when another becomes the default."""

    VECTOR_TABLE, INDEX_PREFIX = "galleries_facevector", "face_vector_hnsw"

    pack = models.CharField(max_length=60)
    is_default = models.BooleanField(default=False, help_text="New galleries use this version.")

    objects = ModelVersionManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_model_version",
            )
        ]

    @property
    def is_indexed(self) -> bool:
        """Whether an index can answer; longer vectors are compared one by one."""
        return self.dimensions <= MAX_INDEXED_DIMENSIONS

    @property
    def index_key(self) -> str:
        # the column has no dimension of its own
        key = f"(vector::halfvec({self.dimensions:d})) halfvec_cosine_ops"
        return key if self.is_indexed else ""

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


def how_to_calibrate(pack: str) -> str:
    """A sentence for administrators."""
    return (
        f"Nobody has measured yet what a similarity of the model pack {pack} means. Measure it on "
        "photos of people you know, one folder a person, and start again: "
        f"./run evaluate identification FOLDER --pack {pack} --save"
    )
