"""`manage.py prepare` makes a migrated database ready, however often it runs."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from faceengine.calibrations import save_calibration
from faceengine.catalog import PACKS, get_pack
from faceengine.packs import Calibration, Pack
from faceengine.weights import WeightStore
from galleries import engine
from galleries.management.commands import prepare as prepare_command
from galleries.models import Analysis, Gallery, ModelVersion, Photo, model_version

pytestmark = pytest.mark.django_db(transaction=True)

AddDrawing = Callable[..., Photo]

CALIBRATION = Calibration(0.5, 0.4, 0.3, 30, 0.4, "measured by a test")
# what PostgreSQL leaves of a CREATE INDEX CONCURRENTLY that was interrupted
INVALIDATE = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{0}'::regclass"


def prepare(*options: str) -> str:
    output = StringIO()
    call_command("prepare", *options, stdout=output)
    return output.getvalue()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the packs whose weights are here; a test adds them."""
    names: set[str] = set()

    def is_installed(pack: Pack) -> bool:
        return pack.name in names

    monkeypatch.setattr(prepare_command, "is_installed", is_installed)
    monkeypatch.setattr(model_version, "is_installed", is_installed)
    monkeypatch.setattr(prepare_command, "engine_for", lambda pack: None)
    return names


@pytest.fixture
def every_pack_installed(installed: set[str]) -> None:
    installed.update(PACKS)


@pytest.fixture
def calibrations(
    installed: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The folder of downloaded weights, in which calibrations of this installation lie."""
    monkeypatch.setattr(engine, "weights", lambda: WeightStore(cache=tmp_path))
    engine.calibration_for.cache_clear()
    yield tmp_path
    engine.calibration_for.cache_clear()


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
        vectors = f"halfvec({version.dimensions})) halfvec_cosine_ops)"
        rows = f"WHERE (model_id = {version.pk})"
        of_version = [text for text in definitions if vectors in text and text.endswith(rows)]
        assert len(of_version) == 1


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


def test_a_better_pack_that_is_installed_later_becomes_the_default(installed: set[str]) -> None:
    installed.add("dlib")
    prepare()
    assert ModelVersion.objects.default().pack == "dlib"

    installed.add("open")
    prepare()

    assert ModelVersion.objects.default().pack == "open"


def test_weights_that_went_away_are_said_and_new_galleries_use_what_is_left(
    installed: set[str],
) -> None:
    installed.update({"dlib", "open"})
    prepare()
    Gallery.create_owned_by(User.objects.get(), "Family")

    installed.remove("open")
    printed = prepare()

    assert "./run models install open" in printed
    assert ModelVersion.objects.default().pack == "dlib"


def test_a_recommended_pack_out_of_reach_is_said_once_and_dlib_goes_on(
    installed: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = get_pack("open")
    nowhere = tuple(replace(file, urls=("http://127.0.0.1:1/x",)) for file in pack.detector.files)
    lost = replace(pack, detector=replace(pack.detector, files=nowhere))
    packs = {**PACKS, "open": lost}
    monkeypatch.setattr(prepare_command, "get_pack", packs.__getitem__)
    monkeypatch.setattr(prepare_command, "weights", lambda: WeightStore(cache=tmp_path))
    installed.add("dlib")

    first, second = prepare("--download"), prepare("--download")

    assert "cannot be fetched" in first
    assert "./run models install open" in first
    assert "cannot be fetched" not in second
    assert ModelVersion.objects.default().pack == "dlib"


def test_without_any_pack_the_sentence_says_what_to_run(installed: set[str]) -> None:
    with pytest.raises(CommandError, match=r"\./run models install"):
        prepare()


@pytest.mark.usefixtures("every_pack_installed")
def test_only_the_recommended_packs_are_registered_by_themselves() -> None:
    prepare()
    assert set(ModelVersion.objects.values_list("pack", flat=True)) == {"open", "dlib"}


@pytest.mark.usefixtures("every_pack_installed")
def test_a_pack_for_research_is_used_as_long_as_it_is_chosen_and_its_licence_is_said(
    settings: Settings, calibrations: Path
) -> None:
    save_calibration(get_pack("edgeface"), CALIBRATION, calibrations)
    settings.LIKENESS_PACK = "edgeface-xs@yunet"
    assert "Mind its licence: " in prepare()
    assert ModelVersion.objects.default().pack == "edgeface"
    settings.LIKENESS_PACK = ""
    prepare()
    assert ModelVersion.objects.default().pack == "open"


@pytest.mark.usefixtures("every_pack_installed")
def test_a_pack_that_nobody_measured_is_refused_with_the_command_that_measures_it(
    installed: set[str], settings: Settings, calibrations: Path
) -> None:
    installed.add("deepface:Facenet512")
    settings.LIKENESS_PACK = "deepface:Facenet512"
    measure = r"\./run evaluate identification FOLDER --pack deepface:Facenet512 --save"
    with pytest.raises(CommandError, match=measure):
        prepare()
    save_calibration(get_pack("deepface:Facenet512"), CALIBRATION, calibrations)
    engine.calibration_for.cache_clear()
    prepare()
    assert ModelVersion.objects.default().calibration == CALIBRATION


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("nose", "LIKENESS_PACK: There is no model pack named “nose”"), ("open", "is not installed")],
)
def test_a_choice_that_cannot_be_is_said_in_a_sentence(
    installed: set[str], settings: Settings, name: str, sentence: str
) -> None:
    installed.add("dlib")
    settings.LIKENESS_PACK = name
    with pytest.raises(CommandError, match=sentence):
        prepare()


@pytest.mark.usefixtures("every_pack_installed")
def test_a_damaged_calibration_is_said_in_a_sentence(calibrations: Path) -> None:
    path = save_calibration(get_pack("open"), CALIBRATION, calibrations)
    path.write_text("{")
    with pytest.raises(CommandError, match=f"{path} cannot be read"):
        prepare()


def test_galleries_of_an_earlier_version_move_on_and_their_photos_are_queued_again(
    installed: set[str], add_drawing: AddDrawing, gallery: Gallery, model: ModelVersion
) -> None:
    installed.add("open")
    ModelVersion.objects.filter(pk=model.pk).update(key="open-0")
    seen, waiting = add_drawing("red"), add_drawing("blue")
    Analysis.objects.filter(photo=seen).update(state=Analysis.State.DONE)
    assert not ModelVersion.objects.get(pk=model.pk).is_usable

    printed = prepare()

    present = get_pack("open").key
    gallery.refresh_from_db()
    assert gallery.model.key == present
    assert f"Galleries that used open-0 now use {present}." in printed
    assert "2 photos will be looked at again" in printed
    ledger = {(row.photo, row.model.key, row.state) for row in Analysis.objects.all()}
    assert ledger == {
        (seen, "open-0", "done"),
        (seen, present, "queued"),
        (waiting, present, "queued"),
    }
    assert "looked at again" not in prepare()


def test_vectors_of_an_earlier_version_stay_while_the_present_one_is_not_installed(
    installed: set[str], alice: User
) -> None:
    installed.add("dlib")
    old = ModelVersion.objects.create(key="open-0", pack="open", dimensions=256)
    old.make_default()
    gallery = Gallery.create_owned_by(alice, "Family")
    assert "neither analysed nor searched" in prepare()
    gallery.refresh_from_db()
    assert gallery.model == old


def test_the_remedy_of_an_earlier_version_is_its_pack_and_then_a_start(
    installed: set[str], db: None
) -> None:
    old = ModelVersion.objects.create(key="open-0", pack="open", dimensions=256)
    assert old.remedy == "Run ./run models install open"
    installed.add("open")
    present = get_pack("open").key
    assert old.remedy == f"Start Likeness again: its galleries then move on to {present}."


def test_an_administrators_choice_moves_on_with_its_pack(installed: set[str]) -> None:
    installed.update({"dlib", "open"})
    prepare()
    ModelVersion.objects.get(pack="dlib").make_default()
    for version in ModelVersion.objects.all():
        version.key = f"{version.pack}-0"
        version.save()
    assert "New galleries use the model pack dlib." in prepare()
    assert ModelVersion.objects.default().key == get_pack("dlib").key


def test_vectors_too_long_for_an_index_are_compared_one_by_one() -> None:
    version = ModelVersion.objects.register(get_pack("deepface:VGG-Face"))
    version.create_index()
    assert not version.is_indexed
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"face_vector_hnsw_{version.pk}"])
        assert cursor.fetchone() == (None,)


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
