"""Django's own checks, without which no command starts."""

from django.core.management import call_command


def test_no_check_of_the_project_fails() -> None:
    call_command("check", fail_level="WARNING")
