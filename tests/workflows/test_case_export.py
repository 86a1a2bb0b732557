"""An export verifies anywhere; with one byte changed it does not; what is redacted is not in it."""

import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quaywatch.cases.export_data import FORMATS
from quaywatch.cases.export_files import listed, pin
from quaywatch.cases.verify_report import VerifyReport
from quaywatch.errors import (
    BundleError,
    ExportFormatError,
    ExportMissingError,
    ExportUnverifiedError,
    FileUnusableError,
    RedactedUnknownError,
    RedactionLeakError,
)
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case import build_case
from quaywatch.workflows.case_again import KEPT, verify_here
from quaywatch.workflows.case_disclose import OPENINGS_DIR, disclose_source
from quaywatch.workflows.case_export import Exported, export_case
from quaywatch.workflows.case_unpack import check_bundle

NOW = datetime(2025, 6, 2, tzinfo=UTC)
WORDS = ("shows HULL ONE at the coal pier", "document.txt", "125.39", "38.72")
"""What the one source of the case says, and its name."""


@pytest.fixture(scope="session")
def made(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Exports of the shared case, each made once: the folder or archive."""
    done: dict[str, Path] = {}

    def export(name: str, *redacting: str, formats: tuple[str, ...] = FORMATS) -> Path:
        if name not in done:
            parent = tmp_path_factory.mktemp("exports")
            root = parent / "w"
            leave = shutil.ignore_patterns("scenes")
            shutil.copytree(base / "w", root, symlinks=True, ignore=leave)
            with Workspace.open(root) as workspace:
                export_case(
                    workspace, "one", parent / name, redacting=redacting, formats=formats, now=NOW
                )
            done[name] = parent / name
        return done[name]

    return export


def exported(root: Path, out: Path, *redacting: str) -> Exported:
    """Export the case of a copied workspace."""
    with Workspace.open(root) as workspace:
        return export_case(workspace, "one", out, redacting=redacting, now=NOW)


def checked(base: Path, path: Path, *, supplied: Sequence[Path] = ()) -> VerifyReport:
    """Verify an export, with the land grids of the shared workspace: making them takes longest."""
    return check_bundle(path, supplied=supplied, cache=base / "w" / "cache")[0]


def test_an_export_verifies_without_its_workspace(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    """That another can check it, with nothing else, is what an export is for."""
    moved = tmp_path / "elsewhere" / "case.zip"
    moved.parent.mkdir()
    shutil.copyfile(made("case.zip"), moved)
    report, facts = check_bundle(moved)
    assert report.failures == []
    assert report.checked["claims recomputed"] >= 1
    assert report.checked["machine-readable files made again"] == 5
    assert facts["case"] == "one"


def test_two_exports_are_the_same_bytes(
    made: Callable[..., Path], copied: Path, tmp_path: Path
) -> None:
    """Otherwise a hash that was quoted says nothing of the copy that one has."""
    out = tmp_path / "again.zip"
    exported(copied, out)
    assert out.read_bytes() == made("case.zip").read_bytes()


def test_a_licence_that_is_not_known_keeps_the_bytes_back(
    made: Callable[..., Path], base: Path
) -> None:
    """An article is cited, not republished; the export says so, and is not verified whole."""
    folder = made("plain")
    told = json.loads((folder / "bundle.json").read_bytes())
    assert [one["what"] for one in told["withheld"]] == ["a.csv", "document.txt"]
    assert all(one["why"].startswith("its licence is not known") for one in told["withheld"])
    report = checked(base, folder)
    assert report.ok
    assert not report.whole
    assert "verified except" in report.verdict


def test_one_changed_bit_of_any_file_is_found(
    made: Callable[..., Path], base: Path, tmp_path: Path
) -> None:
    """A copy passes through many hands."""
    folder = tmp_path / "bundle"
    shutil.copytree(made("plain"), folder)
    for name, path in listed(folder):
        whole = path.read_bytes()
        if not whole:
            continue
        for at in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
            changed = bytearray(whole)
            changed[at] ^= 1
            path.write_bytes(bytes(changed))
            with suppress(BundleError):
                assert not checked(base, folder).ok, (name, at)
        path.write_bytes(whole)


def test_one_changed_bit_of_an_archive_is_found(
    made: Callable[..., Path], base: Path, tmp_path: Path
) -> None:
    """Also between the files, where an archive keeps names and lengths."""
    whole = made("case.zip").read_bytes()
    places = [*range(0, 120, 7), *range(121, len(whole), len(whole) // 60)]
    places += range(len(whole) - 90, len(whole), 3)
    for at in places:
        changed = bytearray(whole)
        changed[at] ^= 4
        path = tmp_path / "changed.zip"
        path.write_bytes(bytes(changed))
        try:
            assert not checked(base, path).ok, at
        except BundleError:
            continue


@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_file_too_many_or_too_few_is_found(
    made: Callable[..., Path], base: Path, tmp_path: Path, change: str
) -> None:
    """Leaving something out is the commonest way to lie."""
    folder = tmp_path / "bundle"
    shutil.copytree(made("plain"), folder)
    if change == "added":
        (folder / "data" / "more.txt").write_text("more", encoding="utf-8")
    else:
        next(path for name, path in listed(folder) if name.startswith("objects/")).unlink()
    assert not checked(base, folder).ok


def test_a_number_changed_together_with_its_list_is_found(
    made: Callable[..., Path], base: Path, tmp_path: Path
) -> None:
    """Whoever changes a number will change the hashes of the files too; the records still tell."""
    folder = tmp_path / "bundle"
    shutil.copytree(made("plain"), folder)
    for name in ("data/case.json", "data/case.provn", "case/dossier.html", "records.jsonl"):
        path = folder / name
        whole = path.read_text(encoding="utf-8")
        assert "125.39" in whole
        path.write_text(whole.replace("125.39", "125.49"), encoding="utf-8")
        told = json.loads((folder / "bundle.json").read_bytes())
        pin(folder, told)
        assert not checked(base, folder).ok, name
        path.write_text(whole, encoding="utf-8")
        pin(folder, told)
    assert checked(base, folder).ok


def test_what_is_redacted_is_nowhere_in_the_export(made: Callable[..., Path]) -> None:
    """A source in confidence must not shine through a name, a quotation, a map or a number."""
    folder = made("redacted", "document.txt", "claims.toml")
    for name, path in listed(folder):
        data = path.read_bytes()
        for word in WORDS:
            assert word.encode() not in data, (name, word)
    told = json.loads((folder / "bundle.json").read_bytes())
    assert told["redacted"]
    assert all(one["salted"] for one in told["redacted"])


def test_a_redacted_export_verifies_the_rest(made: Callable[..., Path], base: Path) -> None:
    """Numbers stay, marked as committed: what cannot be shown is said one by one."""
    report = checked(base, made("redacted", "document.txt", "claims.toml"))
    assert report.ok
    assert not report.whole
    assert report.checked["records shown in part, held to a commitment only"] >= 1


def test_a_disclosure_opens_what_was_committed_to(
    made: Callable[..., Path], base: Path, tmp_path: Path
) -> None:
    """To disclose later is only worth something if it cannot be something else by then."""
    folder = made("redacted", "document.txt", "claims.toml")
    out = tmp_path / "disclosed.json"
    with Workspace.open(folder.parent / "w") as workspace:
        assert disclose_source(workspace, "one", ["document.txt", "claims.toml"], out) >= 3
    report = checked(base, folder, supplied=[out])
    assert report.ok
    assert report.checked["redacted records disclosed, as committed to"] >= 3
    out.chmod(0o644)
    told = out.read_text(encoding="utf-8").replace("coal pier", "coke pier")
    out.write_text(told, encoding="utf-8")
    assert not checked(base, folder, supplied=[out]).ok


def test_a_disclosure_of_another_export_opens_nothing(
    made: Callable[..., Path], base: Path, tmp_path: Path
) -> None:
    """A file that opens nothing must not pass for one that did."""
    folder = made("redacted", "document.txt", "claims.toml")
    out = tmp_path / "disclosed.json"
    with Workspace.open(folder.parent / "w") as workspace:
        disclose_source(workspace, "one", ["document.txt", "claims.toml"], out)
    report = checked(base, made("plain"), supplied=[out])
    assert [one.code for one in report.failures] == ["disclosure-differs"]


def test_what_rests_on_a_source_that_is_not_disclosed_stays_closed(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    """To name one source must not give another away."""
    folder = made("redacted", "document.txt", "claims.toml")
    with Workspace.open(folder.parent / "w") as workspace:
        some = disclose_source(workspace, "one", ["claims.toml"], tmp_path / "some.json")
        every = disclose_source(
            workspace, "one", ["document.txt", "claims.toml"], tmp_path / "every.json"
        )
        with pytest.raises(RedactedUnknownError):
            disclose_source(workspace, "one", ["a.csv"], tmp_path / "none.json")
    assert 1 <= some < every
    assert "coal pier" not in (tmp_path / "some.json").read_text(encoding="utf-8")


def test_openings_that_were_changed_disclose_nothing(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    """What is handed over as disclosed must be what was committed to then."""
    folder = made("redacted", "document.txt", "claims.toml")
    root = tmp_path / "w"
    leave = shutil.ignore_patterns("cache")
    shutil.copytree(folder.parent / "w", root, symlinks=True, ignore=leave)
    (kept,) = (root / "store" / OPENINGS_DIR).iterdir()
    kept.chmod(0o644)
    kept.write_text(kept.read_text("utf-8").replace("coal pier", "coke pier"), "utf-8")
    with Workspace.open(root) as workspace, pytest.raises(FileUnusableError):
        disclose_source(workspace, "one", ["document.txt", "claims.toml"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_withheld_file_that_another_holds_is_checked(
    made: Callable[..., Path], base: Path, tmp_path: Path
) -> None:
    """Whoever has the same licence can hold their own copy against the commitment."""
    without = checked(base, made("plain"))
    report = checked(base, made("plain"), supplied=[base / "document.txt"])
    assert report.ok
    assert len(report.exceptions) < len(without.exceptions)
    assert report.checked["withheld files supplied, as committed to"] == 1
    other = tmp_path / "other.txt"
    other.write_text("something else", encoding="utf-8")
    assert not checked(base, made("plain"), supplied=[other]).ok


def test_the_secret_of_the_salts_never_leaves(made: Callable[..., Path]) -> None:
    """With it every commitment could be tried out."""
    folder = made("redacted", "document.txt", "claims.toml")
    (secret,) = (folder.parent / "w" / "store").glob("export-salts")
    for _, path in listed(folder):
        assert secret.read_bytes() not in path.read_bytes()
        assert secret.read_bytes().hex() not in path.read_text("utf-8", errors="ignore")


def test_what_cannot_be_exported_says_why(copied: Path, tmp_path: Path) -> None:
    """Each refusal names what to do; none leaves half an export behind."""
    with Workspace.open(copied) as workspace:
        with pytest.raises(RedactedUnknownError):
            export_case(workspace, "one", tmp_path / "a", redacting=["nobody.txt"], now=NOW)
        with pytest.raises(ExportFormatError):
            export_case(workspace, "one", tmp_path / "a", formats=["xls"], now=NOW)
        with pytest.raises(ExportMissingError):
            disclose_source(workspace, "one", ["document.txt"], tmp_path / "opened.json")
        (tmp_path / "there").mkdir()
        with pytest.raises(FileUnusableError):
            export_case(workspace, "one", tmp_path / "there", now=NOW)
    assert not (tmp_path / "a").exists()
    toml = copied / "cases" / "one" / "case.toml"
    toml.chmod(0o644)
    toml.write_text(toml.read_text(encoding="utf-8").replace("One hull?", "Two?"), encoding="utf-8")
    with pytest.raises(ExportUnverifiedError):
        exported(copied, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_arithmetic_done_before_is_spared_and_said(copied: Path) -> None:
    """A cache that hid that it was used would pass off an old answer as a new one."""
    with Workspace.open(copied) as workspace:
        first = verify_here(workspace, "one", now=NOW)
        second = verify_here(workspace, "one", now=datetime(2025, 6, 3, tzinfo=UTC))
        afresh = verify_here(workspace, "one", now=NOW, afresh=True)
    assert first.ok
    assert second.ok
    assert first.cached == {}
    assert afresh.cached == {}
    n = first.checked["claims recomputed"]
    assert second.cached == {"2025-06-02": n}
    assert "claims recomputed" not in second.checked
    assert afresh.checked["claims recomputed"] == n


def test_a_damaged_cache_is_no_cache(copied: Path) -> None:
    """A line that is not as it was written is computed again."""
    kept = copied / "cache" / KEPT
    with Workspace.open(copied) as workspace:
        n = verify_here(workspace, "one", now=NOW).checked["claims recomputed"]
        kept.write_text(kept.read_text("utf-8").replace("2025-06-02", "2024-01-01"), "utf-8")
        report = verify_here(workspace, "one", now=NOW)
    assert report.cached == {}
    assert report.checked["claims recomputed"] == n


def test_a_leak_in_the_title_stops_the_export(copied: Path, tmp_path: Path) -> None:
    """What a person wrote is not reworded behind their back."""
    toml = copied / "cases" / "one" / "case.toml"
    toml.chmod(0o644)
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("One hull?", "What does document.txt show?"), encoding="utf-8")
    with Workspace.open(copied) as workspace:
        build_case(workspace, "one", now=NOW)
        with pytest.raises(RedactionLeakError):
            export_case(workspace, "one", tmp_path / "a", redacting=["document.txt"], now=NOW)
