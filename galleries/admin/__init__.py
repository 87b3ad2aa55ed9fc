"""Moderation. Photos and what is derived from them start at `visible_to`, here as everywhere.

An administrator sees all galleries and their members by name, but what is inside only as a member:
who needs to look adds a membership, and the gallery's owners can see it. What is inside is changed
by those who may, by Django's permissions *and* by their role in the gallery; identities through
`galleries.identities`, so that each action is in the log and can be taken back.
"""

from galleries.admin import (
    batches,
    classifiers,
    deletions,
    faces,
    galleries,
    persons,
    photos,
)

__all__ = ["batches", "classifiers", "deletions", "faces", "galleries", "persons", "photos"]
