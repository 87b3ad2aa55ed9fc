"""Clients of the API, as a phone would be one."""

from typing import Any, cast

from rest_framework.test import APIClient

from accounts.models import ApiToken, User

NO_GALLERY = {"detail": "There is no such gallery, or you are not a member of it."}
NO_PHOTO = {"detail": "There is no such photo, or you are not a member of its gallery."}
NO_PERSON = {"detail": "There is no such person, or you are not a member of its gallery."}
NO_FACE = {"detail": "One of these faces does not exist, or you are not a member of its gallery."}
NO_BATCH = {"detail": "There is no such decision, or you are not a member of its gallery."}
NO_CLASSIFIER = {"detail": "There is no such classifier, or you may not change its gallery."}
NO_DELETION = {
    "detail": "There is no such deletion, or you may not change its gallery. It may have been "
    "brought back or deleted for good."
}
ONLY_OWNERS = {"detail": "Only an owner of this gallery may do that."}
ONLY_LOOK = {
    "detail": "You may look at this gallery but not change it. Ask its owner to make you an editor."
}


class Phone(APIClient):
    """Speaks JSON; gives back what it heard together with the status."""

    def ask(self, method: str, address: str, **data: Any) -> tuple[int, Any]:
        format_ = None if method == "get" else "json"
        response = getattr(self, method)(f"/api/v1{address}", data or None, format=format_)
        return response.status_code, response.json() if response.content else None

    def send(self, address: str, **parts: Any) -> tuple[int, Any]:
        """Post a form with files."""
        response = self.post(f"/api/v1{address}", parts, format="multipart")
        return response.status_code, response.json()


def phone_of(user: User, device: str = "phone") -> Phone:
    """A phone on which the user is signed in."""
    _, token = ApiToken.objects.create(user=user, device=device)
    return phone_with(cast("str", token))


def phone_with(token: str) -> Phone:
    phone = Phone()
    phone.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return phone
