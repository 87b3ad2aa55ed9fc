"""Where photos may belong, as the classifier of albums in use has it, and what people answered."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models

from galleries.models.classifier import Classifier
from galleries.models.gallery import Album, Gallery, InGalleryQuerySet
from galleries.models.photo import AlbumPhoto, Photo


class SortingQuerySet(InGalleryQuerySet["Sorting"]):
    def unfinished(self) -> Self:
        return self.filter(is_done=False)


class Sorting(models.Model):
    """How far the photos of a gallery are judged by its classifier of albums in use.

    The row is the ledger of the work; it goes when the classifier is not used any more, and its
    guesses with it. Photos that are looked at meanwhile are judged as they are stored.
    """

    classifier = models.OneToOneField(
        Classifier, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    last_photo = models.BigIntegerField(default=0, help_text="Those up to this one are judged.")
    is_done = models.BooleanField(default=False)

    objects = SortingQuerySet.as_manager()

    def __str__(self) -> str:
        return f"sorting by classifier {self.classifier_id}"


class AlbumGuessQuerySet(InGalleryQuerySet["AlbumGuess"]):
    def standing(self) -> Self:
        """Those that lie in the album by now, or of which somebody said no, are left out."""
        pair = {"album": models.OuterRef("album"), "photo": models.OuterRef("photo")}
        refused = AlbumAnswer.objects.filter(**pair, is_here=False)
        placed = AlbumPhoto.objects.filter(**pair)
        return self.exclude(models.Exists(placed)).exclude(models.Exists(refused))

    def best_first(self) -> Self:
        return self.select_related("photo").order_by("-probability", "photo")


class AlbumGuess(models.Model):
    """The album that a photo may belong to; a photo of which nothing can be said has no row."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    sorting = models.ForeignKey(Sorting, on_delete=models.CASCADE, related_name="guesses")
    # without a constraint, so that who dissolves an album never meets a worker that writes
    album = models.ForeignKey(
        Album, on_delete=models.CASCADE, related_name="guesses", db_constraint=False, db_index=False
    )
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")
    probability = models.FloatField()

    objects = AlbumGuessQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sorting", "photo"], name="one_guess_of_a_photo")
        ]
        indexes = [
            models.Index(fields=["album", "-probability", "photo"], name="guesses_of_album"),
        ]

    def __str__(self) -> str:
        return f"photo {self.photo_id} may belong to album {self.album_id}"


class AlbumAnswer(models.Model):
    """What somebody said to a guess. One `round` is what was said at once, and is undone at once.

    A no holds for later versions of the classifier, too.
    """

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="+")
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_here = models.BooleanField(help_text="The photo was put into the album by this answer.")
    round = models.UUIDField(db_index=True)
    answered_at = models.DateTimeField(auto_now_add=True)

    objects = InGalleryQuerySet["AlbumAnswer"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["album", "photo"], name="one_answer_of_a_pair")
        ]

    def __str__(self) -> str:
        said = "in" if self.is_here else "not in"
        return f"photo {self.photo_id} is {said} album {self.album_id}"
