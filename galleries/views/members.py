"""Who takes part in a gallery: for its owners."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import SignedInRequest
from galleries import sharing
from galleries.forms import NewMemberForm, RoleForm
from galleries.models import Gallery, Membership, Role
from galleries.sharing import SharingError
from galleries.views.lookup import owned_gallery, page_of


@require_http_methods(["GET", "HEAD", "POST"])
def members(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = owned_gallery(request.user, gallery_id)
    form = NewMemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _add(gallery, form):
        messages.success(request, f"{form.cleaned_data['username']} may see “{gallery}” now.")
        return redirect("members", gallery.pk)
    rows = gallery.memberships.select_related("user").order_by("user__username")
    context = {
        "gallery": gallery,
        "page": page_of(rows, request),
        "form": form,
        "roles": Role.choices,
    }
    return render(request, "galleries/members.html", context, status=400 if form.errors else 200)


@require_POST
def change_role(request: SignedInRequest, membership_id: int) -> HttpResponse:
    membership = _membership(request, membership_id)
    form = RoleForm(request.POST)
    try:
        if form.is_valid():
            sharing.change_role(membership, Role(form.cleaned_data["role"]))
            messages.success(request, "The role is changed.")
    except SharingError as error:
        messages.error(request, str(error))
    return _to_members(request, membership)


@require_POST
def remove_member(request: SignedInRequest, membership_id: int) -> HttpResponse:
    membership = _membership(request, membership_id)
    try:
        sharing.remove_member(membership)
        messages.success(request, f"{membership.user} no longer sees this gallery.")
    except SharingError as error:
        messages.error(request, str(error))
    return _to_members(request, membership)


def _add(gallery: Gallery, form: NewMemberForm) -> bool:
    try:
        sharing.add_member(gallery, form.cleaned_data["username"], Role(form.cleaned_data["role"]))
    except SharingError as error:
        form.add_error("username", str(error))
        return False
    return True


def _membership(request: SignedInRequest, membership_id: int) -> Membership:
    owned = Gallery.objects.owned_by(request.user)
    rows = Membership.objects.filter(gallery__in=owned).select_related("user", "gallery")
    return get_object_or_404(rows, pk=membership_id)


def _to_members(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Back to the list, or to one's galleries after giving up one's own ownership."""
    still_owned = Gallery.objects.owned_by(request.user).filter(pk=membership.gallery_id)
    if still_owned.exists():
        return redirect("members", membership.gallery_id)
    return redirect("galleries")
