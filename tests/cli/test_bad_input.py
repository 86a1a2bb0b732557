"""Bad files, each with a clear error, and nothing half-landed."""

import errno
import gzip
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

Run = Callable[..., Any]
CSV_HEADER = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,Length\n"
GOOD_ROW = "338148873,2022-01-03T00:00:00,33.6,-117.9,0.0,280.0,511,CAZADOR,,37\n"
EXECUTABLE = Path(sys.executable).with_name("quaywatch")


def state_of(root: Path) -> tuple[object, ...]:
    """What a reader can see of a workspace: the ledger's head, the rows, the lake's files."""
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415 - not at collection

    with Workspace.open(root) as opened:
        lake = sorted(p.name for p in (root / "store" / "lake").rglob("*") if p.is_file())
        left = sorted(p.name for p in (root / "store").rglob(".incoming-*"))
        return opened.evidence.head(), tuple(opened.lake.count().items()), tuple(lake), tuple(left)


def compressed(text: str) -> bytes:
    """Gzip that is cut off before its end."""
    whole = gzip.compress(text.encode())
    return whole[: len(whole) // 2]


BAD_AIS = {
    "empty.csv": (b"", "source-empty"),
    "empty.csv.gz": (gzip.compress(b""), "source-empty"),
    "cut.csv.gz": (compressed(CSV_HEADER + GOOD_ROW * 500), "source-truncated"),
    "not-gzip.csv.gz": (b"\x1f\x8b" + bytes(range(200)), "source-truncated"),
    "binary.csv": (bytes(range(256)) * 8, "format-unknown"),
    "utf16.csv": ((CSV_HEADER + GOOD_ROW).encode("utf-16"), "format-unknown"),
    "prose.txt": (b"The ship left at noon.\n", "format-unknown"),
    "other.csv": (b"a,b,c\n1,2,3\n", "format-unknown"),
}


@pytest.mark.parametrize("name", BAD_AIS)
def test_an_ais_file_that_is_none_lands_not_at_all(run: Run, workspace: Path, name: str) -> None:
    """Half a file would make the ships of its other half look silent."""
    data, code = BAD_AIS[name]
    path = workspace.parent / name
    path.write_bytes(data)
    before = state_of(workspace)
    answer = run("ingest", "ais", path, "--workspace", workspace, "--json")
    (failure,) = answer.json["failures"]
    assert failure["code"] == code
    assert name in failure["message"]
    assert answer.status == 3
    assert f"error[{code}]" in answer.err
    assert state_of(workspace) == before


BAD_ROWS = {
    "NaN": "338148873,2022-01-03T00:00:00,NaN,NaN,0.0,280.0,511,A,,37",
    "out of range": "338148873,2022-01-03T00:00:00,93.6,-217.9,0.0,280.0,511,A,,37",
    "1970": "338148873,1970-01-01T00:00:00,33.6,-117.9,0.0,280.0,511,A,,37",
    "2038": "338148873,2038-01-19T03:14:08,33.6,-117.9,0.0,280.0,511,A,,37",
    "no time": "338148873,,33.6,-117.9,0.0,280.0,511,A,,37",
    "no number": "ship,2022-01-03T00:00:00,33.6,-117.9,0.0,280.0,511,A,,37",
    "cut short": "338148873,2022-01-03T00",
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_a_bad_row_is_kept_aside_and_the_good_one_kept(
    run: Run, workspace: Path, kind: str
) -> None:
    """One broken clock must cost neither the file nor an invented position or date."""
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415 - not at collection

    path = workspace.parent / "rows.csv"
    path.write_text(CSV_HEADER + GOOD_ROW + BAD_ROWS[kind] + "\n", encoding="utf-8")
    got = run("ingest", "ais", path, "--workspace", workspace, "--json").json
    assert got["records"] == 2
    assert got["kept"] + got["duplicates"] + sum(got["rejected"].values()) == 2
    with Workspace.open(workspace) as opened:
        here = opened.lake.positions(mmsi=338148873).collect()
    placed = here.drop_nulls(["lon", "lat"])
    assert placed.height == 1
    assert here["at"].dt.year().unique().to_list() == [2022]
    if kind not in {"NaN", "out of range"}:
        assert sum(got["rejected"].values()) == 1


def test_equal_times_are_both_kept_and_equal_reports_once(run: Run, workspace: Path) -> None:
    """Two hulls under one number report in the same second; dropping one would hide it."""
    elsewhere = GOOD_ROW.replace("33.6", "10.0")
    path = workspace.parent / "equal.csv"
    path.write_text(CSV_HEADER + GOOD_ROW + elsewhere + GOOD_ROW, encoding="utf-8")
    got = run("ingest", "ais", path, "--workspace", workspace, "--json").json
    assert (got["kept"], got["duplicates"]) == (2, 1)


def test_times_without_a_zone_are_refused(run: Run, workspace: Path, base: Path) -> None:
    """An hour's guess moves a ship by fifteen miles."""
    before = state_of(workspace)
    other = workspace.parent / "other.log"
    other.write_bytes((base.parent / "a.log").read_bytes() * 2)
    answer = run("ingest", "ais", other, "--workspace", workspace, "--json")
    assert answer.json["failures"][0]["code"] == "timezone-missing"
    assert state_of(workspace) == before


def test_one_bad_file_does_not_cost_the_others(run: Run, workspace: Path) -> None:
    """A folder of a hundred days is not lost for one, and the one is named."""
    folder = workspace.parent / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(CSV_HEADER + GOOD_ROW, encoding="utf-8")
    (folder / "b.csv").write_bytes(b"")
    answer = run("ingest", "ais", folder, "--workspace", workspace)
    assert answer.status == 3
    assert "1 records: 1 kept" in answer.out
    assert "b.csv" in answer.err


def raster(path: Path, **changes: Any) -> Path:  # noqa: ANN401 - options of rasterio
    """A small picture; without a CRS unless one is given."""
    options: dict[str, Any] = {
        "driver": "GTiff", "width": 40, "height": 40, "count": 3, "dtype": "uint8",
    }  # fmt: skip
    with rasterio.open(path, "w", **(options | changes)) as target:
        target.write(np.full((3, 40, 40), 80, np.uint8))
    return path


PLACED: dict[str, Any] = {
    "crs": "EPSG:32611",
    "transform": rasterio.Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0),
}
TERMS = ("--licence", "CC0-1.0", "--credit", "nobody")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(
    ("name", "changes", "terms", "code"),
    [
        ("20171018_175517_1005.tif", {}, TERMS, "raster-no-crs"),
        ("20171018_175517_1005.tif", PLACED, (), "licence-missing"),
        ("20171018_175517_1005.tif", PLACED, TERMS[:2], "licence-missing"),
        ("image.tif", PLACED, (*TERMS, "--sensor", "planetscope"), "capture-time-missing"),
        ("image.tif", PLACED, (*TERMS, "--captured-at", "2017-10-18"), "sensor-unknown"),
    ],
)
def test_an_image_that_does_not_say_enough_is_refused(
    run: Run, workspace: Path, name: str, changes: dict[str, Any], terms: tuple[str, ...], code: str
) -> None:
    """Where, when, by what and by whose leave: a dossier can show no picture without them."""
    path = raster(workspace.parent / name, **changes)
    before = state_of(workspace)
    answer = run("ingest", "imagery", path, *terms, "--workspace", workspace, "--json")
    assert answer.json["rejected"] == {code: 1}
    assert answer.status == 3
    assert state_of(workspace) == before


@pytest.mark.parametrize("cut", [0, 30, 300])
def test_a_damaged_image_is_refused(run: Run, workspace: Path, base: Path, cut: int) -> None:
    """A download cut short may open; its missing rows must not pass for dark water."""
    path = workspace.parent / "20171018_175517_1005.tif"
    path.write_bytes(next(base.parent.glob("*.tif")).read_bytes()[:cut])
    before = state_of(workspace)
    answer = run("ingest", "imagery", path, *TERMS, "--workspace", workspace, "--json")
    assert sum(answer.json["rejected"].values()) == 1
    assert state_of(workspace) == before


def test_a_site_that_crosses_itself_is_refused(run: Run, workspace: Path) -> None:
    """The area of a bow tie is a guess, and so would every share of it be."""
    site = workspace / "sites" / "quay.geojson"
    drawn = json.loads(site.read_text(encoding="utf-8"))
    drawn["features"][0]["geometry"]["coordinates"] = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
    site.write_text(json.dumps(drawn), encoding="utf-8")
    before = state_of(workspace)
    answer = run("watch", "--workspace", workspace, "--json")
    assert answer.json["error"]["code"] == "site-geometry-invalid"
    assert "b1" in answer.json["error"]["message"]
    assert state_of(workspace) == before


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('lines = "2"', 'lines = "3"', "lines 3, but the document has 2"),
        ('lines = "2"', 'lines = "2-1"', "lines 2-1"),
        ('lines = "2"', 'lines = "0"', "lines 0"),
        ('lines = "2"', 'lines = "two"', "lines"),
        ('lines = "2"', 'lines = "2"\ncolour = "red"', "colour"),
        ('title = "A document"', f'title = "A"\nsha256 = "{"0" * 64}"', "hashes to"),
        ("lon = 124.0", "lon = nan", "lon"),
        ("lon = 124.0", "lon = 424.0", "lon"),
        ("lon = 124.0\n", "", "lon and lat together"),
        ('id = "seen"', 'id = "said"', "used twice"),
        ('subject = "imo:9074729"', 'subject = "the ship"', "subject"),
        ("[source]", "[source", "not TOML"),
        ('time = "2025-02-03T00:09Z"', 'time = "2025-02-03T00:09"', "is not a time"),
    ],
)
def test_a_claims_file_with_a_slip_is_refused_whole(
    run: Run, workspace: Path, base: Path, old: str, new: str, says: str
) -> None:
    """What is entered is quoted for years: no field is guessed, none dropped in silence."""
    text = (base.parent / "claims.toml").read_text(encoding="utf-8")
    assert old in text
    path = workspace.parent / "claims.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (workspace.parent / "document.txt").write_bytes((base.parent / "document.txt").read_bytes())
    before = state_of(workspace)
    answer = run("ingest", "claims", path, "--workspace", workspace, "--json")
    assert answer.status == 2
    assert says in answer.json["error"]["message"]
    assert state_of(workspace) == before


def test_claims_that_are_not_text_are_refused(run: Run, workspace: Path) -> None:
    """Bytes in another encoding would put other letters into a quotation."""
    path = workspace.parent / "claims.toml"
    path.write_bytes("[source]\ntitle = 'é'".encode("latin-1"))
    answer = run("ingest", "claims", path, "--workspace", workspace, "--json")
    assert answer.json["error"]["code"] == "claims-invalid"


@pytest.mark.parametrize("what", ["ais", "imagery", "claims"])
def test_a_missing_file_is_said(run: Run, workspace: Path, what: str) -> None:
    """A mistyped path must not pass for a file with nothing in it."""
    before = state_of(workspace)
    answer = run("ingest", what, "nowhere/x.csv", "--workspace", workspace, "--json")
    assert answer.status in {2, 3}
    assert "file-missing" in answer.err
    assert state_of(workspace) == before


def test_a_folder_with_nothing_in_it_is_said(run: Run, workspace: Path) -> None:
    """Zero records would read as an empty sea."""
    folder = workspace.parent / "nothing"
    folder.mkdir()
    for what in ("ais", "imagery"):
        answer = run("ingest", what, folder, "--workspace", workspace, "--json")
        assert answer.status == 2
        assert answer.json["error"]["code"] == "file-missing"


def test_a_full_disk_lands_nothing(run: Run, workspace: Path, tmp_path: Path) -> None:
    """The limit on the size of files is a disk that is full, as the kernel says it."""
    path = tmp_path / "many.csv"
    rows = (GOOD_ROW.replace("33.6", f"{20 + n / 1e4:.4f}") for n in range(30_000))
    path.write_text(CSV_HEADER + "".join(rows), encoding="utf-8")
    before = state_of(workspace)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    ended = subprocess.run(
        [EXECUTABLE, "ingest", "ais", path, "--workspace", workspace, "--json"],
        capture_output=True, text=True, check=False, preexec_fn=limited,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert "disk-full" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.returncode in {3, 4}
    assert state_of(workspace) == before
    again = run("ingest", "ais", path, "--workspace", workspace, "--json")
    assert again.json["kept"] == 30_000


def test_a_disk_that_refuses_is_an_error_with_a_remedy(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only disk or a folder of someone else's is no place for a traceback."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/somewhere/lock")

    monkeypatch.setattr("quaywatch.stores.workspace.make_folder", refuse)
    answer = run("watch", "--workspace", workspace, "--json")
    assert answer.status == 4
    assert answer.json["error"]["code"] == "file-unusable"
    assert "/somewhere/lock" in answer.json["error"]["message"]


@pytest.mark.parametrize("damage", ["", "schema = ", 'schema = 1\nscale = "huge"\n', "\xff"])
def test_a_damaged_configuration_is_said(run: Run, workspace: Path, damage: str) -> None:
    """A workspace that silently fell back to defaults would answer differently."""
    config = workspace / "quaywatch.toml"
    config.chmod(0o644)
    config.write_bytes(damage.encode("latin-1"))
    answer = run("watch", "--workspace", workspace, "--json")
    assert answer.json["error"]["code"] == "workspace-config-invalid"
