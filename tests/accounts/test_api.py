"""Signing in from a device, and withdrawing devices."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, User
from tests.phones import Phone, phone_of, phone_with


def sign_in(username: str, password: str, device: str = "Ann's phone") -> tuple[int, Any]:
    return Phone().ask("post", "/tokens", username=username, password=password, device=device)


def test_a_device_signs_in_and_its_token_opens_the_api(alice: User) -> None:
    status, answer = sign_in("alice", "alice's password")

    assert status == 201
    assert answer["device"] == "Ann's phone"
    assert answer["user"] == {
        "id": alice.pk, "username": "alice", "first_name": "", "last_name": "",
    }  # fmt: skip
    assert answer["expiry"] > timezone.now().isoformat()
    assert phone_with(answer["token"]).ask("get", "/galleries")[0] == 200
    alice.refresh_from_db()
    assert alice.last_login is not None


def test_a_wrong_password_gets_one_sentence_whether_the_name_exists_or_not(alice: User) -> None:
    wrong = sign_in("alice", "guess")
    assert wrong == (401, {"detail": "This name and password do not belong together."})
    assert sign_in("nobody", "guess") == wrong


def test_a_name_whose_account_is_closed_cannot_sign_in(alice: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in("alice", "alice's password")[0] == 401


def test_a_one_time_password_must_be_replaced_before_a_device_may_sign_in(db: None) -> None:
    _, password = User.create_first("admin")
    status, answer = sign_in("admin", password)
    assert status == 403
    assert "http://testserver/account/password" in answer["detail"]
    assert not ApiToken.objects.exists()


def test_an_outdated_token_in_the_header_does_not_stop_a_sign_in(alice: User) -> None:
    phone = phone_with("outdated")
    status, _ = phone.ask(
        "post", "/tokens", username="alice", password="alice's password", device="phone"
    )
    assert status == 201


def test_what_is_missing_in_a_sign_in_is_named(db: None) -> None:
    status, answer = Phone().ask("post", "/tokens", username="alice", password="secret")
    assert status == 400
    assert answer == {
        "detail": "device: This field is required.",
        "device": ["This field is required."],
    }


def test_what_is_no_json_object_is_refused_with_a_sentence(db: None) -> None:
    response = Phone().post("/api/v1/tokens", ["alice"], format="json")
    assert response.status_code == 400
    assert "Expected a dictionary" in response.json()["detail"]


def test_guesses_at_one_account_are_slowed_down_from_whatever_address(alice: User) -> None:
    for guess in range(10):
        Phone(REMOTE_ADDR=f"10.0.0.{guess}").ask(
            "post", "/tokens", username="Alice", password="guess", device="x"
        )
    status, answer = Phone(REMOTE_ADDR="10.0.1.1").ask(
        "post", "/tokens", username="alice", password="alice's password", device="x"
    )
    assert status == 429
    assert answer["detail"].startswith("These are too many sign-ins in one minute.")


def test_blanks_around_a_name_open_no_further_guesses(alice: User) -> None:
    statuses = [
        Phone(REMOTE_ADDR=f"10.0.0.{number}").ask(
            "post", "/tokens", username=" " * number + "alice", password="guess", device="x"
        )[0]
        for number in range(11)
    ]
    assert statuses == [401] * 10 + [429]


def test_a_name_that_no_text_can_hold_is_refused_with_a_sentence(db: None) -> None:
    asked = rb'{"username": "\ud800", "password": "guess", "device": "x"}'
    response = Phone().post("/api/v1/tokens", asked, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["detail"].startswith("username:")


def test_one_address_cannot_try_many_accounts_whatever_it_says_of_itself(db: None) -> None:
    statuses = [
        Phone(headers={"x-forwarded-for": f"10.0.0.{number}"}).ask(
            "post", "/tokens", username=f"user{number}", password="Password1", device="x"
        )[0]
        for number in range(11)
    ]
    assert statuses == [401] * 10 + [429]


def test_a_user_lists_the_own_devices_and_no_token_is_shown_again(alice: User, bob: User) -> None:
    phone_of(bob, "Bob's phone")
    phone_of(alice, "tablet")
    phone = phone_of(alice, "phone")

    status, answer = phone.ask("get", "/tokens")

    assert status == 200
    listed = [(row["device"], row["is_current"]) for row in answer["results"]]
    assert listed == [("phone", True), ("tablet", False)]
    assert set(answer["results"][0]) == {
        "token_key", "device", "created", "expiry", "is_current",
    }  # fmt: skip


def test_devices_are_listed_page_by_page(alice: User) -> None:
    for number in range(3):
        phone = phone_of(alice, f"device {number}")
    _, first = phone.ask("get", "/tokens", page_size="2")
    second = phone.get(first["next"]).json()
    assert [row["device"] for row in first["results"] + second["results"]] == [
        "device 2", "device 1", "device 0",
    ]  # fmt: skip
    assert second["next"] is None


def test_a_signed_out_device_is_shut_out(alice: User) -> None:
    phone, tablet = phone_of(alice), phone_of(alice)
    assert phone.ask("delete", "/tokens/current") == (204, None)
    status, answer = phone.ask("get", "/galleries")
    assert (status, answer) == (401, {"detail": "Invalid token."})
    assert tablet.ask("get", "/galleries")[0] == 200


def test_a_lost_device_is_withdrawn_from_another_one(alice: User) -> None:
    lost, phone = phone_of(alice, "lost"), phone_of(alice, "phone")
    key = ApiToken.objects.get(device="lost").token_key
    assert phone.ask("delete", f"/tokens/{key}") == (204, None)
    assert lost.ask("get", "/galleries")[0] == 401


def test_nobody_withdraws_the_devices_of_others(alice: User, mallory: User) -> None:
    phone = phone_of(alice)
    key = ApiToken.objects.get(user=alice).token_key
    status, answer = phone_of(mallory).ask("delete", f"/tokens/{key}")
    assert (status, answer) == (404, {"detail": "None of your devices has this token."})
    assert phone.ask("get", "/galleries")[0] == 200


def test_an_expired_token_is_shut_out(alice: User) -> None:
    phone = phone_of(alice)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert phone.ask("get", "/galleries")[0] == 401


def test_the_token_of_a_closed_account_is_shut_out(alice: User) -> None:
    phone = phone_of(alice)
    User.objects.update(is_active=False)
    assert phone.ask("get", "/galleries")[0] == 401


def test_a_browser_session_has_no_token_to_withdraw(alice: User) -> None:
    browser = Client()
    browser.force_login(alice)
    answer = browser.delete("/api/v1/tokens/current")
    assert answer.status_code == 404
    assert "without a token" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/tokens"),
        ("delete", "/tokens/current"),
        ("delete", "/tokens/123"),
        ("get", "/galleries"),
        ("post", "/galleries"),
        ("get", "/galleries/1"),
        ("patch", "/galleries/1"),
        ("get", "/galleries/1/albums"),
        ("post", "/galleries/1/albums"),
        ("get", "/galleries/1/analysis"),
        ("get", "/galleries/1/photos"),
        ("post", "/galleries/1/photos/check"),
        ("get", "/photos/1"),
        ("delete", "/photos/1"),
        ("post", "/photos/1/retry"),
        ("get", "/photos/1/thumbnail"),
        ("get", "/photos/1/preview"),
        ("get", "/photos/1/original"),
        ("get", "/faces/1/crop"),
        ("get", "/probes/x"),
        ("get", "/probes/x/matches"),
    ],
)
def test_without_a_token_every_door_is_closed(db: None, method: str, address: str) -> None:
    status, answer = Phone().ask(method, address)
    assert status == 401
    assert answer == {"detail": "Authentication credentials were not provided."}


@pytest.mark.parametrize("address", ["/galleries/1/photos", "/probes", "/search"])
def test_without_a_token_no_file_is_taken_in(db: None, address: str) -> None:
    assert Phone().send(address, x="y")[0] == 401


def test_an_unknown_address_is_answered_in_json(db: None) -> None:
    status, answer = Phone().ask("get", "/nowhere")
    assert status == 404
    assert answer["detail"].startswith("There is nothing at this address.")
