"""``ingest register`` and what ``vessel`` then says, as a user types them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ONE = "9000003"
TABLE = f"IMO No.,Vessel Name,Flag,Owner,DWT\n{ONE},ALPHA,Mongolia,SEA CO,13000\n9000004,BETA,,,\n"
LIST = (
    "celex,programKey,annex,measure,startDate,schema,name,imoNumber\n"
    f"32017R1509,EU-PRK,XIV.B,Transportation restrictions,22.10.2018,Vessel,ALPHA,{ONE}\n"
)


@pytest.fixture
def workspace(run: Run, tmp_path: Path) -> Path:
    """A new workspace."""
    assert run("init", tmp_path / "w", "--json").status == 0
    return tmp_path / "w"


def test_a_register_and_a_list_are_entered_and_told(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    """What was guessed, what failed its check and of which day a list is must not pass unseen."""
    (tmp_path / "register.csv").write_text(TABLE)
    (tmp_path / "32017R1509.csv").write_text(LIST)
    shown = run("ingest", "register", tmp_path / "register.csv", "--workspace", workspace)
    assert shown.status == 0
    said = " ".join(shown.out.split())
    assert "'Vessel Name' is taken for name" in said
    assert "give --list-date" in said
    assert "1 IMO number failed the check digit; kept as printed." in said
    got = run(
        "ingest", "register", tmp_path / "32017R1509.csv", "--list-date", "2026-08-22",
        "--workspace", workspace, "--json",
    ).json  # fmt: skip
    assert got["files"][0]["lists"]["eu/32017R1509"]["vessels"] == 1
    assert got["files"][0]["day"] == "2026-08-22"
    told = run("vessel", ONE, "--workspace", workspace, "--json").json
    assert told["name"] == "ALPHA"
    assert told["listings"][0]["message"] == "On EU act 32017R1509 of 2026-08-22."
    assert told["register"]["parties"][0]["name"] == "SEA CO"
    printed = " ".join(run("vessel", ONE, "--workspace", workspace).out.split())
    assert "What registers say" in printed
    assert "On EU act 32017R1509 of 2026-08-22." in printed


def test_a_number_on_no_list_says_what_was_searched(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    """A "not found" without the lists and their days would be read as "not listed"."""
    path = tmp_path / "32017R1509.csv"
    path.write_text(LIST)
    run("ingest", "register", path, "--list-date", "2026-08", "--workspace", workspace)
    said = " ".join(run("vessel", "9000015", "--workspace", workspace).out.split())
    assert "Not found on EU act 32017R1509 of 2026-08 (1 ship entry)." in said
    assert "Nothing found is not the same as not listed." in said


def test_a_name_of_a_list_finds_its_ship(run: Run, workspace: Path, tmp_path: Path) -> None:
    """Reports give names; a register is how one gets from them to numbers."""
    (tmp_path / "register.csv").write_text(TABLE)
    run("ingest", "register", tmp_path / "register.csv", "--workspace", workspace)
    assert (
        run("vessel", "alpha", "--workspace", workspace, "--json").json["subject"] == f"imo:{ONE}"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--list-date", "yesterday"], "argument-invalid"),
        (["--mapping", "no-such.toml"], "argument-invalid"),
        (["--mapping", "wrong.toml"], "dialect-invalid"),
    ],
    ids=["day", "no-mapping", "wrong-field"],
)
def test_what_cannot_be_followed_is_refused(
    run: Run,
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: str,
) -> None:
    """A day or a column misread would be on record for every ship of the file."""
    monkeypatch.chdir(tmp_path)
    Path("register.csv").write_text(TABLE)
    Path("wrong.toml").write_text('[columns]\nOwner = "captain"\n')
    answer = run(
        "ingest", "register", "register.csv", *arguments, "--workspace", workspace, "--json"
    )
    assert answer.status == 2
    assert answer.json["error"]["code"] == code


def test_a_file_that_is_none_is_named_and_the_others_are_taken(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    """One bad file in a folder of lists must not cost the rest, nor pass in silence."""
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "a.csv").write_text("colour,size\nred,4\n")
    (folder / "b.csv").write_text(TABLE)
    answer = run("ingest", "register", folder, "--workspace", workspace, "--json")
    assert answer.status == 3
    assert [one["code"] for one in answer.json["failures"]] == ["register-format"]
    assert answer.json["vessels"] == 2
