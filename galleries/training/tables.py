"""What a version came to as CSV, for spreadsheets."""

from __future__ import annotations

from django.http import HttpResponse

from faceengine.training.tables import to_csv
from galleries.models import Classifier


def class_table(classifier: Classifier) -> str:
    """One row a class; a cell is empty where nothing can be said."""
    labels = classifier.labels.select_related("person", "album")
    head = ["class", "learnt from", "examples", "answers", "right", "precision", "recall"]
    rows = [
        [
            label.name,
            label.learnt_from,
            label.examples,
            label.answers,
            label.right,
            label.precision,
            label.recall,
        ]
        for label in labels
    ]
    return to_csv([head, *rows])


def confusion_table(classifier: Classifier) -> str:
    """One row for each pair of classes that occurred: how often one was taken for the other."""
    labels = list(classifier.labels.select_related("person", "album"))
    names = {label.number: label.name for label in labels}
    right = [[label.name, label.name, label.right] for label in labels if label.right]
    wrong = [
        [names.get(row, ""), names.get(column, ""), count]
        for row, column, count in classifier.figures.get("mistakes", [])
    ]
    return to_csv([["right", "answered", "times"], *right, *wrong])


#: What a table is called in addresses and file names.
TABLES = {"classes": class_table, "confusion": confusion_table}


def table_response(classifier: Classifier, kind: str) -> HttpResponse:
    """A table to be saved. `kind` is one of `TABLES`."""
    name = f"{classifier.task}-{classifier.version}-{kind}.csv"
    return HttpResponse(
        TABLES[kind](classifier),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
