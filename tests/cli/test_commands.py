"""Every documented command is there, and each answers for itself."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

COMMANDS = [
    "init", "demo", "ingest ais", "ingest imagery", "ingest register", "ingest claims", "watch",
    "site quay looks", "site quay stock", "site quay activity", "site quay compare",
    "site quay timelapse",
    "vessel", "check two-places", "check presence", "check reach", "case new",
    "case build", "case verify", "case lint", "case export", "case disclose", "case next", "serve",
    "bench",
    "geo water-distance", "detect", "decode", "events", "reception",
]  # fmt: skip
NOT_YET = [
    "serve",
]  # fmt: skip
NEEDS_NO_WORKSPACE = {"init", "demo", "detect", "decode", "bench"}
EXECUTABLE = Path(sys.executable).with_name("quaywatch")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_documented_command_explains_itself(run: Run, command: str) -> None:
    """Scripts and pages name these; one that vanished would break them."""
    shown = run(*command.split(), "--help")
    assert shown.status == 0
    assert "--json" in shown.out
    assert ("--workspace" in shown.out) == (command not in NEEDS_NO_WORKSPACE)


@pytest.mark.parametrize("command", NOT_YET)
def test_a_command_to_come_says_so(run: Run, command: str) -> None:
    """Nothing printed and status 0 would read as "nothing found"."""
    answer = run(*command.split(), "--json")
    assert answer.status == 5
    assert answer.json["error"]["code"] == "not-yet"
    assert "error[not-yet]" in answer.err


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("check two-places", "--broadcast"),
        ("check two-places --max-speed-kn fast", "--max-speed-kn"),
        ("conjure", "conjure"),
        ("ingest ais --colour x", "--colour"),
        ("site quay frob", "frob"),
        ("init x --scale huge", "huge"),
    ],
)
def test_a_wrong_command_line_names_what_is_wrong(run: Run, arguments: str, names: str) -> None:
    """A user who mistypes should not have to guess which word it was."""
    answer = run(*arguments.split())
    assert answer.status == 2
    assert names in answer.err
    assert answer.out == ""


def test_alone_it_shows_its_commands(run: Run) -> None:
    """The first thing typed should teach, not scold."""
    for words in ((), ("check",), ("case",), ("ingest",), ("geo",)):
        shown = run(*words)
        assert shown.status == 2
        assert shown.err.startswith("Usage: quaywatch")
        assert "error[" not in shown.err


def test_the_installed_command_answers(tmp_path: Path) -> None:
    """In-process runs cannot show that the entry point, the streams and the status are right."""
    version = subprocess.run([EXECUTABLE, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("quaywatch ")
    wrong = subprocess.run(
        [EXECUTABLE, "vessel", "123", "--workspace", tmp_path, "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert wrong.returncode == 4
    assert '"workspace-missing"' in wrong.stdout
    assert "quaywatch init" in wrong.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_is_no_error(base: Path) -> None:
    """``| head`` closes the pipe early; a traceback there would look like a defect."""
    read, write = os.pipe()
    os.close(read)
    command = [str(EXECUTABLE), "vessel", "IMO 9074729", "--workspace", str(base), "--json"]
    with os.fdopen(write, "wb") as closed:
        ended = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert b"Traceback" not in ended.stderr
