"""docs/api.md: every command of the tour is run, in its order."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import ApiToken, User
from galleries import analysis
from galleries.models import Deletion, ModelVersion, Photo
from tests.drawings import draw

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
    answers: dict[str, Any] = {}

    for command in commands():
        if command.startswith("DIGEST="):
            variables["DIGEST"] = sha256(photo).hexdigest()
        elif not command.startswith("SERVER="):
            answers[command] = run(command, variables, tmp_path)
            remember(command, answers[command], variables)
        while analysis.work_off(8):
            pass

    found = [answer for command, answer in answers.items() if "/looks" in command]
    alike = [page["results"] for page in found if "results" in page]
    assert [[match["photo"]["name"] for match in page] for page in alike] == [["IMG_1.jpg"]] * 3
    answers = {command: said for command, said in answers.items() if "/looks" not in command}
    pages = [answer for command, answer in answers.items() if "/matches?" in command]
    assert [[match["photo"]["name"] for match in page["results"]] for page in pages] == [
        ["IMG_1.jpg"],
        ["IMG_1.jpg"],
    ]
    groups = [answer for command, answer in answers.items() if "/groups?" in command]
    assert [page["total"] for page in groups] == [1, 1]
    assert "IMG_1.jpg" in (tmp_path / "matches.csv").read_text()
    assert zipfile.ZipFile(tmp_path / "matches.zip").read("IMG_1.jpg") == photo
    [searches] = [answer for command, answer in answers.items() if "/searches" in command]
    assert {row["kind"] for row in searches["results"]} == {"picture", "persons", "looks"}
    [history] = [answer for command, answer in answers.items() if "/history?" in command]
    assert [row["action"] for row in history["results"]] == ["edit", "name"]
    [back] = [answer for command, answer in answers.items() if "/bring-back" in command]
    assert back == {"photo_count": 1}
    assert not Photo.objects.exists()
    assert not Deletion.objects.exists()
    assert (tmp_path / "thumbnail.webp").read_bytes()[8:12] == b"WEBP"
    assert not ApiToken.objects.exists()
