"""Signing in, signing out, and the password that is one's own."""

from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.throttling import SIGN_INS_PER_MINUTE


def test_signing_in_leads_to_the_galleries_and_signing_out_ends_it(alice: User) -> None:
    client = Client()
    answer = client.post(
        reverse("sign-in"), {"username": "alice", "password": "alice's password"}, follow=True
    )
    assert answer.redirect_chain == [(reverse("galleries"), 302)]

    client.post(reverse("sign-out"))
    assert client.get(reverse("galleries")).headers["Location"].startswith(reverse("sign-in"))


def test_a_wrong_password_is_one_sentence_and_no_sign_in(alice: User) -> None:
    client = Client()
    answer = client.post(reverse("sign-in"), {"username": "alice", "password": "a guess"})
    assert "Please enter a correct username and password" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_one_time_password_opens_nothing_but_the_page_to_replace_it(db: None) -> None:
    user, password = User.create_first("admin")
    client = Client()
    client.force_login(user)
    assert client.get(reverse("galleries")).headers["Location"] == reverse("password-change")

    page = client.get(reverse("password-change")).content.decode()
    assert "Choose your own password" in page
    new = "correct horse battery"
    answer = client.post(
        reverse("password-change"),
        {"old_password": password, "new_password1": new, "new_password2": new},
    )
    assert answer.headers["Location"] == reverse("galleries")
    assert client.get(reverse("galleries")).status_code == 200


def test_a_waiting_page_whose_session_ended_is_reloaded_not_filled_with_the_form(
    db: None,
) -> None:
    answer = Client().get(reverse("sign-in"), headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    assert answer.content == b""


def test_guessing_a_password_is_bounded_and_even_the_right_one_waits(alice: User) -> None:
    client = Client()
    for guess in range(SIGN_INS_PER_MINUTE):
        client.post(reverse("sign-in"), {"username": "alice", "password": f"guess {guess}"})
    answer = client.post(reverse("sign-in"), {"username": "Alice", "password": "alice's password"})
    assert "too many sign-ins" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_new_password_signs_every_device_out(alice: User) -> None:
    ApiToken.objects.create(alice, device="phone")
    client = Client()
    client.force_login(alice)
    new = "correct horse battery"
    client.post(
        reverse("password-change"),
        {"old_password": "alice's password", "new_password1": new, "new_password2": new},
    )
    assert not ApiToken.objects.exists()


def test_a_one_time_password_is_not_chosen_again(db: None) -> None:
    user, password = User.create_first("admin")
    client = Client()
    client.force_login(user)
    fields = ("old_password", "new_password1", "new_password2")
    answer = client.post(reverse("password-change"), dict.fromkeys(fields, password))
    assert "Somebody else knows this one." in answer.content.decode()
    user.refresh_from_db()
    assert user.password_is_temporary
