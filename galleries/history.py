"""The log as sentences: who did what to whose faces."""

from __future__ import annotations

from galleries.models import Action, Batch
from galleries.models.face import AssignedBy

# {faces} is "1 face" or "12 faces", {subject} and {target} are names of that time
SENTENCES = {
    Action.ASSIGN: "recognised {faces}",
    Action.NAME: "named {subject} “{target}”",
    Action.CONFIRM: "confirmed {faces} of {target}",
    Action.MERGE: "merged {faces} of {subject} into {target}",
    Action.SPLIT: "split {faces} off {subject}, as {target}",
    Action.MOVE: "gave {faces} to {target}",
    Action.REJECT: "took {faces} out of {subject}",
    Action.NOT_A_FACE: "marked {faces} as no face",
    Action.STRANGER: "marked {subject} as a stranger",
    Action.DIFFERENT: "said that {subject} and {target} are two people",
    Action.DRAW: "drew {faces}",
    Action.EDIT: "changed what is known about {subject}",
    Action.COVER: "chose another cover for {subject}",
    Action.HIDE: "hid {subject}",
    Action.SHOW: "showed {subject} again",
    Action.DELETE: "deleted {subject}, who had {faces}",
    Action.REGROUP: "accepted a regrouping of {faces}",
    Action.IMPORT: "took over names from {subject}: {target}",
}


def describe(batch: Batch) -> str:
    """One sentence about a batch fetched by `with_details`: “Anna merged 12 faces of …”."""
    return f"{name_actor(batch)} {_predicate(batch)}"


def name_actor(batch: Batch) -> str:
    if batch.actor:
        return batch.actor.get_full_name() or batch.actor.get_username()
    return "The matcher" if batch.source == AssignedBy.MATCHER else "Somebody"


def _predicate(batch: Batch) -> str:
    """Undo of an undo reads as the first action done again."""
    again, undone = False, batch
    while undone.action == Action.UNDO and undone.undoes:
        again, undone = not again, undone.undoes
    if undone.action == Action.UNDO:
        return "took something back"
    said = _said(undone)
    if undone is batch:
        return said
    return f"took back: {name_actor(undone)} {said}" if again else f"did again: {said}"


def _said(batch: Batch) -> str:
    if batch.action == Action.REJECT and not batch.face_count:
        # of a face that waits, and stays where it is
        return f"said of a face that it is not {batch.subject}"
    faces = f"{batch.face_count:,} face{'' if batch.face_count == 1 else 's'}"
    return SENTENCES[Action(batch.action)].format(
        faces=faces, subject=batch.subject or faces, target=batch.target or "nobody"
    )
