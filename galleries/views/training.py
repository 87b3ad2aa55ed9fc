"""Classifiers of a gallery: trained, watched, compared, put to use and taken back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import tasks
from galleries.models import Classifier, Gallery, Person, SceneModel
from galleries.training import versions
from galleries.training.charts import matrix_of, phases_of, plots_of
from galleries.training.classic import backbone_for_comparison
from galleries.training.tables import TABLES, table_response
from galleries.training.versions import VersionGoneError
from galleries.views.lookup import ROWS_PER_PAGE, editable_gallery

Task = Classifier.Task
#: Versions listed on the page of a gallery.
VERSIONS_SHOWN = 20


@require_safe
def training(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    own = Classifier.objects.filter(gallery=gallery).select_related("asked_by")
    page = Paginator(own.newest_first(), VERSIONS_SHOWN).get_page(request.GET.get("page"))
    context = {
        "gallery": gallery,
        "page": page,
        "running": list(own.unfinished()),
        "promoted": {row.task: row for row in own.promoted()},
        "tasks": Task.choices,
        "likely_task": _likely_task(gallery),
        "can_compare": backbone_for_comparison() is not None,
    }
    return render(request, "galleries/training.html", context)


def _likely_task(gallery: Gallery) -> Classifier.Task:
    """People, once some have a name."""
    has_names = Person.objects.filter(gallery=gallery).present().named().exists()
    return Task.FACES if has_names else Task.IMAGES


@require_POST
@transaction.atomic
def ask(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    if request.POST.get("task") not in Task.values:
        raise Http404
    is_compared = "compare" in request.POST and backbone_for_comparison() is not None
    task = Task(request.POST["task"])
    classifier = versions.ask(gallery, task, request.user, is_compared=is_compared)
    transaction.on_commit(tasks.ring_for_trainings)
    return redirect("classifier", classifier.pk)


@require_safe
def classifier(request: SignedInRequest, classifier_id: int) -> HttpResponse:
    """One version: how far it is, or how good it is."""
    found = _editable(request, classifier_id)
    gallery = editable_gallery(request.user, found.gallery_id)
    labels = found.labels.select_related("person", "album")
    # the worst first: they are what one can do something about
    page = Paginator(labels.worst_first(), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "gallery": gallery,
        "classifier": found,
        "page": page,
        "plots": plots_of(found),
        "phases": phases_of(found),
        "matrix": matrix_of(found),
        "is_outdated": _is_outdated(found, gallery),
        "rolls_back": _rolls_back(found),
    }
    return render(request, "galleries/classifier.html", context)


@require_safe
def state(request: SignedInRequest, classifier_id: int) -> HttpResponse:
    """How far the training is; once it ends, htmx loads the page anew."""
    found = _editable(request, classifier_id)
    if found.is_unfinished:
        context = {"classifier": found, "plots": plots_of(found), "phases": phases_of(found)}
        return render(request, "galleries/_classifier_state.html", context)
    return HttpResponse(headers={"HX-Refresh": "true"})


@require_POST
def decide(request: SignedInRequest, classifier_id: int) -> HttpResponse:
    """Use a version, use none, or cancel the training."""
    found = _editable(request, classifier_id)
    try:
        match request.POST.get("do"):
            case "promote":
                versions.promote(found)
                tasks.ring_for_sorting()
                messages.success(request, f"Version {found.version} is in use now.")
            case "retire":
                versions.retire(found)
                messages.success(request, f"Version {found.version} is not used any more.")
            case "cancel":
                versions.cancel(found)
                messages.info(request, "The training is cancelled. Nothing has changed.")
            case _:
                raise Http404
    except VersionGoneError as error:
        messages.error(request, str(error))
    return redirect("classifier", found.pk)


@require_safe
def table(request: SignedInRequest, classifier_id: int, kind: str) -> HttpResponse:
    """As CSV: how well each class is told apart, or what was taken for what."""
    found = _editable(request, classifier_id)
    if kind not in TABLES or not found.is_done:
        raise Http404
    return table_response(found, kind)


def _editable(request: SignedInRequest, classifier_id: int) -> Classifier:
    rows = Classifier.objects.editable_by(request.user).select_related("asked_by")
    found: Classifier = get_object_or_404(rows, pk=classifier_id)
    return found


def _is_outdated(found: Classifier, gallery: Gallery) -> bool:
    """Whether faces of the gallery, or photos, are compared by another model since."""
    present = gallery.model if found.task == Task.FACES else SceneModel.objects.default()
    return found.is_done and present is not None and found.made_of != present.key


def _rolls_back(found: Classifier) -> bool:
    """Whether a later version is in use."""
    own = Classifier.objects.promoted().filter(gallery=found.gallery_id, task=found.task)
    return own.filter(version__gt=found.version).exists()
