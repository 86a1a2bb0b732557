"""Berth states, chances, lengths and stays: on two-year series under a recorded sky, and by eye."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.berth_history import background
from quaywatch.imagery.berth_state import BerthState, hulls_at
from quaywatch.imagery.berth_strip import BerthStrip, cut_strips
from quaywatch.imagery.berth_verdict import BerthVerdict, verdict
from quaywatch.imagery.clarity import clarity
from quaywatch.imagery.cloud_network import kept_network
from quaywatch.imagery.detection import DEFAULT_DETECTOR, Detection
from quaywatch.imagery.load import load_scene
from quaywatch.imagery.look import look_at
from quaywatch.imagery.read import Pixels, read_window, window_of
from quaywatch.imagery.reference import AROUND_M, sky_of
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.visits import quiet_spells, visits
from quaywatch.imagery.water import water_mask
from quaywatch.sites.facility import Site
from quaywatch.testing.bench.berth_tally import Tally
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.berth_sim import BerthSeries, SeenBerth, Stay, sky_calendar

Floats = NDArray[np.float64]

SITES: Final = Path(__file__).resolve().parents[4] / "examples" / "sites"
"""The berths that were labelled, in a checkout; the wheel has no examples."""
LABELS: Final = Path(__file__).resolve().parents[1] / "labels" / "berths.json"
STACK: Final = "imagery/cloud/eolearn_cloudstack.tar.gz"
DENSER: Final = 4.0
"""Looks are so many times as frequent as in the record: one in two to three days."""
ALONE: Final = 40
"""First looks of each series that are judged without a history too, with the detector."""
NO_WATER: Final = "hidden: no open water beside it was seen"
COLUMNS: Final = (
    "part",
    "looks",
    "said",
    "right_pct",
    "right_low_pct",
    "said_empty_wrongly",
    "said_occupied_wrongly",
    "unknown_hidden",
    "unknown_between",
    "unknown_other",
    "ece",
    "ece_high",
    "ece_if_calibrated",
    "ece_if_calibrated_high",
    "brier",
    "length_mae_m",
    "length_n",
)


def recorded_sky(data: Path) -> tuple[Floats, Floats]:
    """Days since the first date and share under cloud of each date of the recorded series."""
    with tarfile.open(data / STACK) as tar:
        times = json.loads(_read(tar, "TestEOPatch/timestamps.json"))
        member = _read(tar, "TestEOPatch/mask/CLM_S2C.npy")
    stamps = [datetime.fromisoformat(text) for text in times]
    mask = np.load(io.BytesIO(member), allow_pickle=False).reshape(len(stamps), -1)
    days = np.array([(at - stamps[0]).total_seconds() / 86400 for at in stamps])
    return days, mask.mean(axis=1, dtype=np.float64)


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    found = tar.extractfile(name)
    return b"" if found is None else found.read()


def usable_in(pixels: Pixels, scene: Scene | None = None) -> NDArray[np.bool_]:
    """What the pass over berths takes for seen: measured and told to be clear, (y, x).

    Args:
        pixels: a window.
        scene: of which; its sun and its provider's mask tell too. None: of no scene.

    """
    seen = clarity(pixels, network=kept_network()) if scene is None else sky_of(scene, pixels)
    return np.zeros_like(pixels.valid) if seen.clear is None else pixels.valid & seen.clear


@dataclass(frozen=True)
class _Look:
    """One look of a series with what its strip and the detector showed."""

    at_s: float
    stays: tuple[Stay, ...]
    strip: BerthStrip | None
    hulls: tuple[Detection, ...] | None

    @property
    def single_m(self) -> float | None:
        return float(self.stays[0].hull.length_m) if len(self.stays) == 1 else None


def series_looks(seed: int, sky: tuple[Floats, Floats]) -> tuple[BerthSeries, list[_Look]]:
    """A series, looked at: strips of every look, hulls of the first ones."""
    series = BerthSeries(seed)
    site = series.site
    calendar = sky_calendar(*sky, np.random.default_rng([seed, 9]), denser=DENSER)
    looks = []
    for number, seen in enumerate(series.looks(calendar)):
        strip = cut_strips(site, seen.pixels, usable_in(seen.pixels), water_mask(seen.pixels))
        hulls = _hulls(site, seen) if number < ALONE else None
        looks.append(_Look(seen.at_s, seen.stays, strip.get("quay"), hulls))
    return series, looks


def _hulls(site: Site, seen: SeenBerth) -> tuple[Detection, ...]:
    found = DEFAULT_DETECTOR.detect(seen.pixels)
    at = hulls_at(site.facilities[0].area, site.frame, found)
    return tuple(hull for hull in at if hull.length_m >= 30.0)


@dataclass
class _Series:
    """What all series together gave."""

    history: Tally = field(default_factory=Tally)
    alone: Tally = field(default_factory=Tally)
    pairs: list[tuple[str, int | None]] = field(default_factory=list)
    """Kind of pair (in line, abreast) and ships counted."""
    arrivals: list[bool] = field(default_factory=list)
    departures: list[bool] = field(default_factory=list)
    stays_true: int = 0
    stays_said: int = 0
    quiet: list[bool] = field(default_factory=list)


def score_series(seed: int, sky: tuple[Floats, Floats], into: _Series) -> None:
    """Score one series: states by its history, the first looks alone, stays and silence."""
    series, looks = series_looks(seed, sky)
    facility = series.site.facilities[0]
    empty = background([look.strip for look in looks if look.strip is not None])
    rows = []
    for number, look in enumerate(looks):
        said = verdict(facility, look.strip, empty, (), unseen=NO_WATER)
        into.history.add(said, occupied=bool(look.stays), length_m=look.single_m)
        if look.hulls is not None:
            alone = verdict(facility, look.strip, None, look.hulls, unseen=NO_WATER)
            into.alone.add(alone, occupied=bool(look.stays), length_m=look.single_m)
        if len(look.stays) == 2 and said.state is BerthState.OCCUPIED:
            apart = abs(look.stays[0].off_m - look.stays[1].off_m)
            into.pairs.append(("abreast" if apart > 8 else "in line", said.ship_count))
        rows.append(
            {
                "berth": "quay", "look": str(number), "state": str(said.state),
                "captured_at": datetime.fromtimestamp(look.at_s, UTC),
                "ships": [ship.to_json() for ship in said.ships],
            }
        )  # fmt: skip
    _score_stays(series, looks, rows, into)


def _score_stays(
    series: BerthSeries, looks: Sequence[_Look], rows: list[dict[str, Any]], into: _Series
) -> None:
    """Whether the bounds of stays and of the long silence hold the truth."""
    first, last = looks[0].at_s, looks[-1].at_s
    seen = [s for s in series.stays if any(s in look.stays for look in looks)]
    into.stays_true += len(seen)
    table = visits(rows)
    into.stays_said += table.height
    starts = np.array([s.start_s for s in series.stays])
    ends = np.array([s.end_s for s in series.stays])
    for row in table.iter_rows(named=True):
        if row["arrival_after"] is not None:
            low, high = row["arrival_after"].timestamp(), row["arrival_before"].timestamp()
            into.arrivals.append(bool(((starts >= low) & (starts <= high)).any()))
        if row["departure_before"] is not None:
            low, high = row["departure_after"].timestamp(), row["departure_before"].timestamp()
            into.departures.append(bool(((ends >= low) & (ends <= high)).any()))
    start, end = max(series.quiet[0], first), min(series.quiet[1], last)
    into.quiet.append(
        any(_holds(row, start, end) for row in quiet_spells(rows).iter_rows(named=True))
    )


def _holds(row: dict[str, Any], start: float, end: float) -> bool:
    """Whether a true silence lies between the last look with a ship and the next.

    A spell may be longer than the silence: a ship that no look shows does not end it.
    """
    began = row["from_after"] is None or row["from_after"].timestamp() <= start + 1
    over = row["until_before"] is None or row["until_before"].timestamp() >= end - 1
    within = row["from_before"].timestamp() < end and row["until_after"].timestamp() > start
    return bool(began and over and within)


def labelled(data: Path) -> Iterator[tuple[dict[str, Any], BerthVerdict]]:
    """Every label that is not doubtful, and what one look says of its berth."""
    kept = json.loads(LABELS.read_text(encoding="utf-8"))["labels"]
    sites = {site.id: site for site in map(Site.read, sorted(SITES.glob("*.geojson")))}
    for name, scene in sorted({(label["site"], label["scene"]) for label in kept}):
        own = [lab for lab in kept if (lab["site"], lab["scene"]) == (name, scene)]
        folder = data / "imagery" / own[0]["folder"]
        single = folder / scene
        paths = [single] if single.is_file() else sorted(single.glob("*_B*.tiff"))
        if not paths:
            continue
        seen = seen_of(paths, sites[name])
        facilities = {facility.id: facility for facility in sites[name].facilities}
        for label in own:
            if label["state"] != "doubtful":
                strip, hulls = seen[label["berth"]]
                yield label, verdict(facilities[label["berth"]], strip, None, hulls)


def seen_of(
    paths: Sequence[Path], site: Site
) -> dict[str, tuple[BerthStrip | None, tuple[Detection, ...]]]:
    """The strip and the hulls of each berth of a site in one recorded scene."""
    scene = load_scene(paths, licence="see the data", credit="see the data")
    look = look_at(scene, site)
    margin = round(AROUND_M / scene.gsd_m)
    pixels = read_window(scene, window=window_of(scene.grid, site.outline), margin_px=margin)
    strips = cut_strips(site, pixels, usable_in(pixels, scene), water_mask(pixels))
    return {berth.id: (strips.get(berth.id), berth.hulls) for berth in look.berths}


def run(data: Path, progress: Progress, *, size: int = 5) -> BenchReport:
    """Score berth states on simulated series and on labelled scenes.

    Args:
        data: the recorded data: cloud series, Sentinel-2 ports, PlanetScope scenes.
        progress: told what is being done.
        size: series of two years each; seeds 1 and up, none of which anything was fitted on.

    """
    total, sky = _Series(), recorded_sky(data)
    for number in range(size):
        progress(f"series {number + 1} of {size}", 0.7 * number / max(size, 1))
        score_series(number + 1, sky, total)
    by_port: dict[tuple[str, str], Tally] = {}
    for label, said in labelled(data) if SITES.is_dir() else ():
        progress(f"labels: {label['site']}", 0.85)
        for key in ((label["split"], label["site"]), (label["split"], "all ports")):
            by_port.setdefault(key, Tally()).add(
                said, occupied=label["state"] == "occupied", length_m=label["length_m"]
            )
    rows = []
    if size:
        rows.append(total.history.row("two-year series, by history"))
        rows.append(total.alone.row("the same, first looks, detector and strip"))
    order = sorted(by_port, key=lambda k: (k[0] != "scoring", k[1] != "all ports", k[1]))
    rows += [by_port[key].row(f"recorded, {key[1]} ({key[0]})") for key in order]
    return BenchReport(
        name="imagery-berths",
        data=(
            f"{size} simulated quays of two years each under blocks of a recorded cloud series "
            f"({len(sky[0])} dates, {DENSER:g} times as dense); recorded scenes labelled by eye"
        ),
        columns=COLUMNS,
        rows=rows,
        notes=_notes(total, by_port) if size else (),
    )


def _notes(total: _Series, by_port: dict[tuple[str, str], Tally]) -> list[str]:
    """Pairs, stays, silences and reliability in words."""
    notes = []
    for kind in ("in line", "abreast"):
        counted = [n for k, n in total.pairs if k == kind]
        notes.append(
            f"two ships {kind}: {sum(n == 2 for n in counted)} of {len(counted)} told as two"
        )
    notes += [
        (
            f"stays: {total.stays_said} said, {total.stays_true} true ones in looks; bounds that "
            f"hold a true arrival {sum(total.arrivals)} of {len(total.arrivals)}, departure "
            f"{sum(total.departures)} of {len(total.departures)}"
        ),
        f"the long silence within its bounds: {sum(total.quiet)} of {len(total.quiet)} series",
        _table("history", total.history),
        _table("detector and strip, series", total.alone),
    ]
    scoring = by_port.get(("scoring", "all ports"))
    if scoring is not None:
        notes.append(_table("detector and strip, recorded ports scored", scoring))
    notes.append(
        "series are registered to 0.3 px; labels by eye, once; the detector's 10 m network may "
        "have seen the ports, the strip has not"
    )
    return notes


def _table(of: str, tally: Tally) -> str:
    bins = "; ".join(f"{p:.2f} → {t:.2f} ({n})" for p, t, n in tally.reliability())
    return f"reliability, {of}: mean P → share occupied (n): {bins}"
