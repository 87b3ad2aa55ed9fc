"""The faces of a picture that is asked with, as they are remembered, and those marked by hand.

What the engine saw in one is kept, and a copy at working size in which faces can be marked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from galleries.models import Face
from search.kept_pictures import KeptPictures, lock
from search.kept_probes import KeptProbes
from search.probe_faces import ProbeFace, data_uri

PICTURES = KeptPictures("probe")
#: The most faces that are marked by hand in one picture.
MAX_DRAWN = 20
TOO_MANY_DRAWN = f"You have marked {MAX_DRAWN} faces already. Begin again with the picture."
NO_PICTURE = "This picture is forgotten by now, so nothing can be marked in it. Send it again."


class ProbeError(Exception):
    """The picture cannot be asked with; str() is the sentence for the user."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A picture and every face in it. Width and height in pixels, of the upright original.

    `stored_face` is the id of the face that it was cut from, `stored_photo` that of the photo that
    it is; their previews are files. Both are None for a picture of the user's own.
    """

    token: str
    preview: bytes
    width: int
    height: int
    faces: tuple[ProbeFace, ...]
    stored_face: int | None = None
    stored_photo: int | None = None
    made_at: float = field(default_factory=time.time)

    @property
    def preview_uri(self) -> str:
        if self.stored_face:
            return reverse("face-crop", args=[self.stored_face])
        if self.stored_photo:
            return reverse("preview", args=[self.stored_photo])
        return data_uri(self.preview)

    @property
    def usable_faces(self) -> list[ProbeFace]:
        return [face for face in self.faces if face.is_usable]

    def refuse_more(self) -> None:
        """Raises: ProbeError when enough faces are marked in it."""
        if sum(face.is_drawn for face in self.faces) >= MAX_DRAWN:
            raise ProbeError(TOO_MANY_DRAWN)


PROBES: KeptProbes[Probe] = KeptProbes("probe")


def recall(token: str, user: User) -> Probe | None:
    """The probe of a token, unless it expired or is another user's.

    One from a stored face or photo lasts no longer than that, and the user's sight of it.
    """
    probe = PROBES.get(token, user)
    if probe is None or probe.stored_face is None:
        return probe
    faces = Face.objects.visible_to(user).real().filter(pk=probe.stored_face)
    return probe if faces.exists() else None


@transaction.atomic
def append_face(token: str, user: User, face: ProbeFace) -> Probe:
    """Add a face to what is known of a picture by now: it is the last one of the answer.

    Others may have been marked while this one was looked at; none of them is lost.
    Raises: ProbeError.
    """
    lock(PROBES.key(token, user))
    probe = recall(token, user)
    if probe is None:
        raise ProbeError(NO_PICTURE)
    probe.refuse_more()
    added = replace(face, number=len(probe.faces), is_drawn=True)
    return PROBES.keep(replace(probe, faces=(*probe.faces, added)), user)
