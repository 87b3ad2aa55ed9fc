"""`./run search` with wrong options: one sentence that says what to do."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User


@pytest.mark.parametrize("limit", ["0", "-3", "many"])
def test_a_limit_that_allows_no_answer_is_refused(alice: User, limit: str) -> None:
    with pytest.raises(CommandError, match="whole number from 1 up"):
        call_command("search_photo", "face.jpg", "--limit", limit)


def test_an_account_that_does_not_exist_is_named(alice: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no account named nobody"):
        call_command("search_photo", str(tmp_path / "face.jpg"), "--user", "nobody")


def test_the_words_for_strictness_are_listed_as_they_are_typed(alice: User) -> None:
    with pytest.raises(CommandError, match=r"choose from '?strict'?, '?normal'?, '?wide'?"):
        call_command("search_photo", "face.jpg", "--strictness", "lax")
