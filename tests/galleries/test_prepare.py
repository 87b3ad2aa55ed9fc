"""`manage.py prepare` makes a migrated database ready, however often it runs."""

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from faceengine.catalog import PACKS, get_pack
from faceengine.weights import WeightStore
from galleries.management.commands import prepare as prepare_command
from galleries.models import Gallery, ModelVersion

pytestmark = pytest.mark.django_db(transaction=True)

# what PostgreSQL leaves of a CREATE INDEX CONCURRENTLY that was interrupted
INVALIDATE = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{0}'::regclass"


def prepare(*options: str) -> str:
    output = StringIO()
    call_command("prepare", *options, stdout=output)
    return output.getvalue()


@pytest.fixture
def every_pack_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare_command, "is_installed", lambda pack: True)
    monkeypatch.setattr(prepare_command, "engine_for", lambda pack: None)


@pytest.mark.usefixtures("every_pack_installed")
def test_the_first_account_is_an_administrator_with_a_one_time_password() -> None:
    printed = re.search(r"First account: (\S+)  one-time password: (\S+)", prepare())
    assert printed is not None
    user = User.objects.get()
    assert user.username == printed.group(1)
    assert user.check_password(printed.group(2))
    assert user.is_superuser
    assert user.password_is_temporary


@pytest.mark.usefixtures("every_pack_installed")
def test_preparing_again_changes_nothing() -> None:
    prepare()
    versions = list(ModelVersion.objects.values())
    assert "one-time" not in prepare()
    assert list(ModelVersion.objects.values()) == versions
    assert User.objects.count() == 1


@pytest.mark.usefixtures("every_pack_installed")
def test_every_installed_pack_gets_its_own_partial_index() -> None:
    prepare()
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%USING hnsw%'")
        definitions = [row[0] for row in cursor.fetchall()]
    for version in ModelVersion.objects.all():
        wanted = (
            f"halfvec({version.dimensions})) halfvec_cosine_ops) WHERE (model_id = {version.pk})"
        )
        assert sum(wanted in definition for definition in definitions) == 1


@pytest.mark.usefixtures("every_pack_installed")
def test_the_better_pack_is_the_default_and_a_choice_is_kept(settings: Settings) -> None:
    prepare()
    assert ModelVersion.objects.default().pack == "open"
    ModelVersion.objects.get(pack="dlib").make_default()
    prepare()
    assert ModelVersion.objects.default().pack == "dlib"
    settings.LIKENESS_PACK = "open"
    prepare()
    assert ModelVersion.objects.default().pack == "open"


def test_a_better_pack_that_is_installed_later_becomes_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = {"dlib"}
    monkeypatch.setattr(prepare_command, "is_installed", lambda pack: pack.name in installed)
    monkeypatch.setattr(prepare_command, "engine_for", lambda pack: None)
    prepare()
    assert ModelVersion.objects.default().pack == "dlib"

    installed.add("open")
    prepare()

    assert ModelVersion.objects.default().pack == "open"


def test_weights_that_went_away_are_said_and_new_galleries_use_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = {"dlib", "open"}
    monkeypatch.setattr(prepare_command, "is_installed", lambda pack: pack.name in installed)
    monkeypatch.setattr(prepare_command, "engine_for", lambda pack: None)
    prepare()
    Gallery.create_owned_by(User.objects.get(), "Family")

    installed.remove("open")
    printed = prepare()

    assert "./run models install open" in printed
    assert ModelVersion.objects.default().pack == "dlib"


def test_a_recommended_pack_out_of_reach_is_said_once_and_dlib_goes_on(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = get_pack("open")
    nowhere = tuple(replace(file, urls=("http://127.0.0.1:1/x",)) for file in pack.detector.files)
    lost = replace(pack, detector=replace(pack.detector, files=nowhere))
    monkeypatch.setattr(prepare_command, "PACKS", {**PACKS, "open": lost})
    monkeypatch.setattr(prepare_command, "weights", lambda: WeightStore(cache=tmp_path))
    monkeypatch.setattr(prepare_command, "is_installed", lambda pack: pack.name == "dlib")
    monkeypatch.setattr(prepare_command, "engine_for", lambda pack: None)

    first, second = prepare("--download"), prepare("--download")

    assert "cannot be fetched" in first
    assert "./run models install open" in first
    assert "cannot be fetched" not in second
    assert ModelVersion.objects.default().pack == "dlib"


def test_without_any_pack_the_sentence_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare_command, "is_installed", lambda pack: False)
    with pytest.raises(CommandError, match=r"\./run models install"):
        prepare()


@pytest.mark.usefixtures("every_pack_installed")
@pytest.mark.parametrize("break_off", ["DROP INDEX {0}", INVALIDATE])
def test_an_index_whose_building_broke_off_is_built_by_the_next_start(break_off: str) -> None:
    prepare()
    index = f"face_vector_hnsw_{ModelVersion.objects.default().pk}"
    with connection.cursor() as cursor:
        cursor.execute(break_off.format(index))

    prepare()

    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [index])
        assert cursor.fetchall() == [(True,)]
