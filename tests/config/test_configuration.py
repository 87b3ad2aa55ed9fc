"""What the documentation says about settings is what the code reads."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
READERS = (
    PROJECT / "config" / "settings.py",
    PROJECT / "config" / "launcher.py",
    PROJECT / "deploy" / "gunicorn.conf.py",
)


def variables_read() -> set[str]:
    """Names in `env("X")`, `env.int("X")` and `os.environ.get("X")`."""
    found = set()
    for reader in READERS:
        for node in ast.walk(ast.parse(reader.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name, first = ast.unparse(node.func), node.args[0]
                reads = re.fullmatch(r"env(\.\w+)?|os\.environ\.get", name)
                if reads and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def variables_of_compose() -> set[str]:
    return set(re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yml").read_text()))


def variables_documented() -> dict[str, str]:
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \|",
        (PROJECT / "docs" / "configuration.md").read_text(),
        re.MULTILINE,
    )
    return dict(rows)


def variables_of_example() -> dict[str, str]:
    return dict(
        re.findall(r"^# ([A-Z_]+)=(.*)$", (PROJECT / ".env.example").read_text(), re.MULTILINE)
    )


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    assert variables_read() | variables_of_compose() == set(variables_documented())


def test_the_example_lists_every_variable_and_no_other() -> None:
    assert variables_read() | variables_of_compose() == set(variables_of_example())


@pytest.mark.parametrize("name", sorted(variables_documented()))
def test_example_and_documentation_state_one_default(name: str) -> None:
    documented, example = variables_documented()[name], variables_of_example()[name]
    plain = re.fullmatch(r"`([^`]*)`", documented)
    if plain is not None:
        assert example == plain[1]


def test_stated_defaults_are_the_defaults_of_the_code() -> None:
    stated = variables_of_example()
    for node in ast.walk(ast.parse((PROJECT / "config" / "settings.py").read_text())):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) in {"env.int", "env.bool"}):
            continue
        assert isinstance(node.args[0], ast.Constant)
        default = ast.literal_eval(node.keywords[0].value)
        assert stated[str(node.args[0].value)] == str(default).lower()


def test_requirements_hold_the_versions_of_the_lock() -> None:
    lock = (PROJECT / "uv.lock").read_text()
    locked = set(re.findall(r'^name = "([^"]+)"\nversion = "([^"]+)"', lock, re.MULTILINE))
    locked -= {(name, version) for name, version in locked if name == "likeness"}
    exported = {
        (name, version)
        for name, version in re.findall(
            r"^([\w.-]+)(?:\[[^]]*\])?==([^ ]+)",
            "".join(
                (PROJECT / f"requirements-{group}.txt").read_text() for group in ("dev", "bench")
            ),
            re.MULTILINE,
        )
    }
    assert exported == locked


def version_of(package: str, name: str) -> tuple[int, ...]:
    found = re.search(
        rf"^{package}(?:\[.+\])?==([\d.]+)", (PROJECT / name).read_text(), re.MULTILINE
    )
    assert found is not None
    return tuple(map(int, found[1].split(".")))


def test_the_gpu_build_is_at_most_one_release_behind_the_cpu_build() -> None:
    major, minor, *_ = version_of("onnxruntime", "requirements.txt")
    gpu = version_of("onnxruntime-gpu", "requirements-gpu.txt")
    assert gpu[:2] in {(major, minor), (major, minor - 1)}
