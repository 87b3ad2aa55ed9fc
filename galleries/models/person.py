"""Identities inside one gallery."""

from __future__ import annotations

from django.db import models

from galleries.models.gallery import Gallery, InGalleryQuerySet


class Person(models.Model):
    """Somebody whose faces were recognised as alike; named by a human, or not yet."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="persons")
    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InGalleryQuerySet["Person"].as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name or f"Unnamed {self.pk}"
