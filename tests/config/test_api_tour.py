"""docs/api.md: every command of the tour is run, in its order."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from django.core.files.base import ContentFile
from pytest_django.live_server_helper import LiveServer

from accounts.models import ApiToken, User
from galleries import analysis, removal, uploads
from galleries.models import Gallery, ModelVersion, Photo
from galleries.training import work as training
from tests.drawings import draw
from tests.galleries.classifiers import add_person
from tests.galleries.copies import copy_of

#: What the server said, by the command.
Answers: TypeAlias = dict[str, Any]

TOUR = Path(__file__).resolve().parents[2] / "docs" / "api.md"
# words of a command, and what its answer is good for
COPIED = (
    ("a long password", "TOKEN", "token"),
    ('"Summer"', "GALLERY", "id"),
    ('"Beach"', "ALBUM", "id"),
    ("file=@", "PHOTO", "id"),
    ("$SERVER/probes -H", "PROBE", "token"),
    ("$SERVER/looks -H", "LOOK", "token"),
    ("DELETE $SERVER/photos", "DELETION", "id"),
    ('"task"', "CLASSIFIER", "id"),
)


def commands() -> list[str]:
    """Each command of the tour as one line."""
    blocks = re.findall(r"```sh\n(.*?)```", TOUR.read_text(), re.DOTALL)
    return "".join(blocks).replace("\\\n", "").splitlines()


def run(command: str, variables: dict[str, str], folder: Path) -> Any:
    """Returns what the server said, as JSON; None when it said nothing."""
    done = subprocess.run(
        ["bash", "-c", f"set -eu; {command.replace('curl ', 'curl --fail-with-body ', 1)}"],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout.decode()}{done.stderr.decode()}"
    return json.loads(done.stdout) if done.stdout else None


def remember(command: str, answer: Any, variables: dict[str, str]) -> None:
    """Keep what a reader would copy into the next commands."""
    for words, variable, field in COPIED:
        if words in command:
            variables[variable] = str(answer[field])
    if "joined" in (answer or {}):
        variables["PERSON"] = str(answer["person"]["id"])
        variables["BATCH"] = str(answer["batches"][-1])
    if command.split()[2] == "$SERVER/photos/$PHOTO":
        variables["FACE"] = str(answer["faces"][0]["id"])


def prepare(command: str, variables: dict[str, str], content: bytes) -> None:
    """What a reader's gallery has already, and this one gets before it is asked for."""
    if "/duplicates" in command and "COPY" not in variables:
        ann, gallery = User.objects.get(), Gallery.objects.get()
        copy = uploads.add_photo(gallery, ContentFile(copy_of(content, 80), "copy.png"), ann).photo
        assert copy is not None
        variables["COPY"] = str(copy.pk)
    if '"task"' in command:
        for name in ("Ben", "Cleo"):
            add_person(Gallery.objects.get(), name)


def work_off_everything() -> None:
    """As the worker does."""
    while analysis.work_off(8) or training.work_off() or removal.work_off():
        pass


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.usefixtures("drawing_engine")
def test_the_commands_of_the_tour_work_in_its_order(
    live_server: LiveServer, model: ModelVersion, tmp_path: Path
) -> None:
    ann = User.objects.create_user("ann", password="a long password")
    lost, _ = ApiToken.objects.create(user=ann, device="lost")
    photo = draw("red")
    (tmp_path / "IMG_1.jpg").write_bytes(photo)
    (tmp_path / "who.jpg").write_bytes(draw("red"))
    variables = {"SERVER": f"{live_server.url}/api/v1", "LOST_KEY": lost.token_key}
    answers: Answers = {}

    for command in commands():
        if command.startswith("DIGEST="):
            variables["DIGEST"] = sha256(photo).hexdigest()
        elif not command.startswith("SERVER="):
            prepare(command, variables, photo)
            work_off_everything()
            answers[command] = run(command, variables, tmp_path)
            remember(command, answers[command], variables)
        work_off_everything()

    check_searches(answers)
    check_decisions(answers)
    assert "IMG_1.jpg" in (tmp_path / "matches.csv").read_text()
    assert zipfile.ZipFile(tmp_path / "matches.zip").read("IMG_1.jpg") == photo
    assert (tmp_path / "thumbnail.webp").read_bytes()[8:12] == b"WEBP"
    assert (tmp_path / "confusion.csv").read_text().startswith("right,answered,times")
    assert not Gallery.objects.exists()
    assert not Photo.objects.exists()
    assert not ApiToken.objects.exists()


def answers_to(answers: Answers, words: str) -> list[Any]:
    return [answer for command, answer in answers.items() if words in command]


def check_searches(answers: Answers) -> None:
    alike = [page["results"] for page in answers_to(answers, "/looks") if "results" in page]
    assert [[match["photo"]["name"] for match in page] for page in alike] == [["IMG_1.jpg"]] * 3
    faces = {command: said for command, said in answers.items() if "/looks" not in command}
    assert [
        [match["photo"]["name"] for match in page["results"]]
        for page in answers_to(faces, "/matches?")
    ] == [["IMG_1.jpg"], ["IMG_1.jpg"]]
    assert [page["total"] for page in answers_to(faces, "/groups?")] == [1, 1]
    [searches] = answers_to(answers, "/searches")
    assert {row["kind"] for row in searches["results"]} == {"picture", "persons", "looks"}


def check_decisions(answers: Answers) -> None:
    [history] = answers_to(answers, "/history?")
    assert [row["action"] for row in history["results"]] == ["edit", "name"]
    [kept] = answers_to(answers, "/keep-one")
    assert kept["deletion"]["names"] == ["copy.png"]
    [versions] = answers_to(answers, "/classifiers?")
    assert [row["promoted"] for row in versions["results"]] == [True]
    [back] = answers_to(answers, "/bring-back")
    assert back == {"photo_count": 1}
