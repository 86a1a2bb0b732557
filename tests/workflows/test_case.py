"""A sealed case: whole, it verifies; with one byte changed anywhere, it does not."""

import json
import sqlite3
from pathlib import Path

import pytest

from quaywatch.cases.verify_report import VerifyReport
from quaywatch.errors import CaseFileError, CaseMissingError, QuaywatchError, SiteMissingError
from quaywatch.evidence.record import Claim
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case import build_case, new_case, subject_asked
from quaywatch.workflows.case_check import check_case
from quaywatch.workflows.scenes import open_scene, scene_claims


def verified(root: Path) -> VerifyReport | QuaywatchError:
    """The report; or the error that kept the workspace from being opened at all."""
    try:
        with Workspace.open(root) as workspace:
            return check_case(workspace, "one")
    except QuaywatchError as err:
        return err


def flip(path: Path, at: int) -> None:
    """Change one bit of a file, and let nothing else show it."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(data))


def files_below(root: Path, folder: str) -> list[Path]:
    """Files of a copy, sorted."""
    return sorted(path for path in (root / folder).rglob("*") if path.is_file())


def test_a_whole_case_verifies(copied: Path) -> None:
    """A proof that fails on the honest is none; nor may looking at it change anything."""
    report = verified(copied)
    assert isinstance(report, VerifyReport)
    assert report.failures == []
    assert report.checked["claims recomputed"] >= 1
    assert report.checked["rows of the lake"] > 0
    again = verified(copied)
    assert isinstance(again, VerifyReport)
    assert again.checked == report.checked


def test_a_case_may_be_about_a_site(base: Path) -> None:
    """What lay at a berth is asked of its site; a site that is not here is refused as such."""
    with Workspace.open(base / "w") as workspace:
        assert subject_asked(workspace, "site:quay") == "site:quay"
        assert subject_asked(workspace, "9074729") == "imo:9074729"
        with pytest.raises(SiteMissingError, match="it has quay"):
            subject_asked(workspace, "site:jetty")


@pytest.mark.parametrize("folder", ["cases/one", "store/lake", "store/objects"])
def test_one_changed_bit_in_any_file_is_found(copied: Path, folder: str) -> None:
    """Also in what the case does not cite: what was left out is trusted as much as what is in."""
    found = files_below(copied, folder)
    assert len(found) >= 3
    for path in found:
        whole = path.read_bytes()
        flip(path, len(whole) // 2)
        report = verified(copied)
        assert isinstance(report, VerifyReport)
        assert not report.ok, path.name
        assert all(failure.remedy.endswith(".") for failure in report.failures)
        path.write_bytes(whole)
    assert getattr(verified(copied), "ok", False)


@pytest.mark.parametrize("folder", ["cases/one", "store/lake", "store/objects"])
def test_a_file_that_is_gone_is_found(copied: Path, folder: str) -> None:
    """Leaving something out is the commonest way to lie."""
    path = files_below(copied, folder)[-1]
    path.unlink()
    assert not getattr(verified(copied), "ok", False)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET content = replace(content, '36.5', '36.6')",
        "UPDATE record SET content = replace(content, 'HULL ONE', 'HULL TWO')",
        "UPDATE record SET content = replace(content, 'impossible', 'feasible')",
        "UPDATE record SET content = replace(content, '33.7', '33.8') WHERE kind = 'claim'",
        "UPDATE ledger SET known_at = '2020-01-01T00:00:00+00:00' WHERE seq = 2",
        "UPDATE ledger SET hash = previous WHERE seq = 3",
        "DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)",
        "UPDATE lake_file SET rows = rows + 1",
        "DELETE FROM lake_file",
    ],
)
def test_a_changed_row_of_the_catalogue_is_found(copied: Path, statement: str) -> None:
    """Whoever can write the file can drop its guards; the chain of hashes still tells."""
    connection = sqlite3.connect(copied / "store" / "catalogue.sqlite")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("PRAGMA foreign_keys = OFF")
    touched = connection.execute(statement).rowcount
    connection.commit()
    connection.close()
    assert touched > 0
    assert not getattr(verified(copied), "ok", False)


def test_the_cache_is_no_evidence(copied: Path) -> None:
    """It may be deleted at any time: a proof that leant on it would break by tidying up."""
    links = [path for path in (copied / "cache").rglob("*") if path.is_symlink()]
    for path in links:
        path.unlink()
    assert getattr(verified(copied), "ok", False)


def test_a_scene_opens_again_as_it_was(copied: Path) -> None:
    """What is looked at later must be the very picture that was described."""
    with Workspace.open(copied) as workspace:
        (claim,) = scene_claims(workspace)
        assert isinstance(claim, Claim)
        scene = open_scene(workspace, claim)
        value = claim.value
        assert isinstance(value, dict)
        item = json.loads(json.dumps(scene.to_json()))
        for asset in item["assets"].values():
            asset["href"] = Path(asset["href"]).name
        assert item == value["stac"]
        assert (scene.licence, scene.credit) == ("CC0-1.0", "nobody")


def test_a_case_is_asked_with_a_plain_id(copied: Path) -> None:
    """An id becomes a folder: ``../x`` would leave the workspace."""
    with Workspace.open(copied) as workspace:
        for case_id in ("../x", "A b", ""):
            with pytest.raises(CaseFileError):
                new_case(workspace, case_id, title="x", question="x", subjects=[])
            with pytest.raises(CaseMissingError):
                check_case(workspace, case_id)


def test_a_case_file_in_another_encoding_is_said(copied: Path) -> None:
    """It is edited by hand, on any machine."""
    file = copied / "cases" / "one" / "case.toml"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"One hull?", "Où?".encode("latin-1")))
    with Workspace.open(copied) as workspace, pytest.raises(CaseFileError):
        build_case(workspace, "one", now=next(workspace.evidence.entries()).known_at)
    assert not getattr(verified(copied), "ok", False)
