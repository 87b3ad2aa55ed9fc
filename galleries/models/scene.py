"""What whole photos look like to a backbone, by version."""

from __future__ import annotations

from typing import cast

import numpy as np
from django.db import models
from numpy.typing import NDArray
from pgvector import Bit
from pgvector.django import BitField, HalfVectorField

from faceengine.scenes.backbones import Backbone, UnknownBackboneError, get_backbone
from faceengine.scenes.binary_codes import CODE_BITS, binary_codes
from galleries.engine import has_weights_of
from galleries.models.gallery import Gallery, InGalleryQuerySet
from galleries.models.photo import Photo
from galleries.models.vector_model import VectorModel


class SceneModelManager(models.Manager["SceneModel"]):
    def default(self) -> SceneModel | None:
        """The version that searches use; None before any was made."""
        return self.filter(is_default=True).first()

    def register(self, backbone: Backbone) -> SceneModel:
        """Record a backbone in its present version; known ones stay as they are."""
        model, _ = self.get_or_create(
            key=backbone.key,
            defaults={"backbone": backbone.name, "dimensions": backbone.dimensions},
        )
        return model


class SceneModel(VectorModel):
    """One version of one backbone; all galleries are searched by the default one."""

    VECTOR_TABLE, INDEX_PREFIX = "galleries_photovector", "photo_code_hnsw"

    backbone = models.CharField(max_length=60)
    is_default = models.BooleanField(default=False, help_text="Searches use this version.")

    objects = SceneModelManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_scene_model",
            )
        ]

    @property
    def index_key(self) -> str:
        """Codes, as an index of vectors is several times as large, and takes longer to build."""
        return "code bit_hamming_ops"

    @property
    def is_usable(self) -> bool:
        """Whether this machine makes such vectors."""
        try:
            backbone = get_backbone(self.backbone)
        except UnknownBackboneError:
            return False
        return backbone.key == self.key and has_weights_of(backbone)


def code_of(vector: NDArray[np.float32]) -> str:
    """The binary code of one vector, as PostgreSQL writes it."""
    return Bit(binary_codes(vector[None])[0].tobytes()).to_text()


class CodeField(BitField):
    """The binary code of the row's `vector`, made whenever that is written."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: FBT001 - Django's
        # as the column holds it, so that whoever reads the vector comes to the same code
        stored = np.array(cast("PhotoVector", model_instance).vector, np.float16)
        return code_of(stored.astype(np.float32))


class PhotoVector(models.Model):
    """A photo as one backbone sees it, of unit length.

    As with faces, its foreign keys are kept by the code that deletes, not by the database.
    """

    pk = models.CompositePrimaryKey("gallery_id", "photo_id", "model_id")
    gallery = models.ForeignKey(
        Gallery, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    photo = models.ForeignKey(
        Photo, on_delete=models.CASCADE, related_name="vectors", db_constraint=False
    )
    model = models.ForeignKey(
        SceneModel,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    vector = HalfVectorField()
    code = CodeField(length=CODE_BITS, editable=False, help_text="Of the vector, for the index.")

    objects = InGalleryQuerySet["PhotoVector"].as_manager()

    def __str__(self) -> str:
        return f"{self.model_id} of photo {self.photo_id}"
