"""Photos come in by the browser: one a request from the script, all in one without it."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.requests import SignedInRequest
from galleries.forms import UploadForm
from galleries.models import Album, Analysis, Gallery
from galleries.uploads import Upload, add_photos
from galleries.views.lookup import asked_album, editable_gallery

# names that the field for the album suggests; any other can be typed
SUGGESTED_ALBUMS = 200


# checking the token reads the body, which has no bound here: not before the sign-in is checked
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    if request.method != "POST":
        return _page(request, gallery, UploadForm(initial={"album": asked_album(request, gallery)}))
    return _receive(request, gallery)


@csrf_protect
def _receive(request: SignedInRequest, gallery: Gallery) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refusal(request, gallery, form)
    album = _album_called(form.cleaned_data["album"].strip(), gallery)
    results = add_photos(gallery, form.cleaned_data["photos"], request.user, album)
    if _wants_json(request):
        return JsonResponse({"files": [_as_json(result) for result in results]})
    return _page(request, gallery, UploadForm(initial={"album": album}), results)


def _page(
    request: SignedInRequest,
    gallery: Gallery,
    form: UploadForm,
    results: list[Upload] | None = None,
) -> HttpResponse:
    context = {
        "gallery": gallery,
        "albums": list(gallery.albums.all()[:SUGGESTED_ALBUMS]),
        "form": form,
        "results": results or [],
        "progress": Analysis.objects.progress(gallery),
    }
    status = 400 if form.errors else 200
    return render(request, "galleries/upload.html", context, status=status)


def _refusal(request: SignedInRequest, gallery: Gallery, form: UploadForm) -> HttpResponse:
    if not _wants_json(request):
        return _page(request, gallery, form)
    sentences = [str(error) for errors in form.errors.values() for error in errors]
    return JsonResponse({"detail": " ".join(sentences)}, status=400)


def _album_called(name: str, gallery: Gallery) -> Album | None:
    """The gallery's album of this name, made where it is new; None without a name."""
    return Album.objects.get_or_create(gallery=gallery, name=name)[0] if name else None


def _wants_json(request: SignedInRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _as_json(result: Upload) -> dict[str, str | None]:
    return {
        "name": result.name,
        "outcome": result.outcome.value,
        "sentence": result.sentence,
        "page": reverse("photo", args=[result.photo.pk]) if result.photo else None,
    }
