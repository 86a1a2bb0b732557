"""How far intervals of tonnes hold what ships truly carried, and what a draught field is worth.

``quaywatch bench cargo``. Ships and yards are simulated with planted cargoes: no recorded set
states what a ship loaded. Recorded are the draught fields, read only for how often they change
and what they say of bulkers whose deadweight a register gives.
"""

import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from quaywatch.ais.read import read_ais
from quaywatch.testing.bench.cargo_worlds import (
    TRADES,
    Fleet,
    YardWindow,
    fleet,
    hull_of,
    true_change,
    yard_windows,
)
from quaywatch.testing.bench.report import BenchReport, Progress, timed
from quaywatch.voyages.cargo import Carriage, cargo_of, lighter
from quaywatch.voyages.cargo_total import total_of
from quaywatch.voyages.draught import Change, weight_of
from quaywatch.voyages.figures import deadweight, stated
from quaywatch.voyages.mass_balance import balance_of
from quaywatch.voyages.mass_candidates import NOTHING_LEFT
from quaywatch.voyages.prices import DOCUMENTED, Priced
from quaywatch.voyages.worth import Published, readings_of

SEED: Final = 5_000
Row = dict[str, Any]


def run(data: Path, progress: Progress, *, size: int = 150) -> BenchReport:
    """Measure.

    Args:
        data: folder of recorded data.
        progress: told what is being done.
        size: simulated fleets a condition; a fifth as many yards.

    """
    rows: list[Row] = []
    for k, trade in enumerate(TRADES):
        progress(trade.name, 0.6 * k / len(TRADES))
        rng = np.random.default_rng([SEED, k])
        rows += _fleet_rows(trade.name, [fleet(trade, rng) for _ in range(size)])
    progress("draughts", 0.6)
    rows += _draught_rows(np.random.default_rng([SEED, 99]), 5 * size)
    progress("yards", 0.7)
    for seen in (1.0, 0.5):
        rng = np.random.default_rng([SEED, 100, int(10 * seen)])
        windows = [
            w for _ in range(max(size // 5, 1)) for w in yard_windows(rng, seen=seen, between_d=6.0)
        ]
        rows += _yard_rows(f"yards, {seen:.0%} of calls seen", windows)
    progress("recorded draughts", 0.9)
    rows += _field_rows(data)
    progress("speed", 0.97)
    rows += _speed_rows()
    progress("done", 1.0)
    return BenchReport(
        name="cargo",
        data=(
            f"{size} simulated fleets of 6 ships and 18 voyages a condition and "
            f"{2 * max(size // 5, 1)} simulated yards, planted truth; draught fields recorded "
            "(noaa_2022, nmea_seine, sentinel1_ship_chips)"
        ),
        columns=("what", "n", "found", "low", "high", "unit"),
        rows=rows,
        notes=(
            "low and high: 95% Wilson interval of a share; of other figures the 5% and 95% points.",
            (
                "Voyages of one fleet share their ships and habits: Wilson takes them as apart and "
                "is too narrow for single voyages; for sums the fleets are apart."
            ),
            "No recorded set states what a ship loaded: nothing here is scored on real cargoes.",
        ),
    )


# Simulated fleets


def _fleet_rows(name: str, fleets: Sequence[Fleet]) -> list[Row]:
    """Coverage of single voyages and of sums, and how the sums are centred."""
    single = {80: [0, 0], 95: [0, 0]}
    sums = {80: 0, 95: 0}
    medians, means = [], []
    for one in fleets:
        for carriage, truth in zip(one.carriages, one.tonnes, strict=True):
            if truth == 0:
                continue
            spread = cargo_of(carriage).if_laden
            if spread is None:
                continue
            for level, ends in (
                (80, (spread.low80, spread.high80)),
                (95, (spread.low95, spread.high95)),
            ):
                single[level][0] += ends[0] <= truth <= ends[1]
                single[level][1] += 1
        total = total_of(one.carriages).tonnes
        truth = sum(one.tonnes)
        if total is not None and truth > 0:
            sums[80] += total.low80 <= truth <= total.high80
            sums[95] += total.low95 <= truth <= total.high95
            medians.append(total.median / truth)
            means.append(total.mean / truth)
    return [
        *(_share(f"{name}: voyage in its {k}%", *single[k]) for k in (80, 95)),
        *(_share(f"{name}: sum of 18 in its {k}%", sums[k], len(fleets)) for k in (80, 95)),
        _points(f"{name}: median of the sum over the truth", medians, "ratio"),
        _points(f"{name}: mean of the sum over the truth", means, "ratio"),
    ]


def _draught_rows(rng: np.random.Generator, count: int) -> list[Row]:
    """Weight from a change of draught, and how often a part load is told from a full one."""
    inside, told = 0, {1.0: [0, 0], 0.8: [0, 0], 0.65: [0, 0], 0.5: [0, 0]}
    for k in range(count):
        dwt = float(rng.uniform(5_000, 40_000))
        hull, share = hull_of(dwt), (1.0, 0.8, 0.65, 0.5)[k % 4]
        cargo = dwt * float(rng.uniform(0.85, 0.97)) * share
        metres, light = true_change(dwt, cargo, hull, rng)
        before, after = round(light, 1), round(light + metres, 1)
        if after <= before:
            continue
        carriage = Carriage("v", "s", deadweight(dwt, "a register"), 1.0,
                            draught=Change(before, after, hull))  # fmt: skip
        weighed = cargo_of(carriage).weighed
        if weighed is not None:
            inside += weighed.low95 <= cargo <= weighed.high95
        told[share][0] += lighter(carriage)
        told[share][1] += 1
    tried = sum(n for _, n in told.values())
    return [
        _share("cargo in the 95% of its draught", inside, tried),
        *(
            _share(f"cargo of {share:.0%} called less than full by its draught", k, n)
            for share, (k, n) in told.items()
        ),
    ]


def _yard_rows(name: str, windows: Sequence[YardWindow]) -> list[Row]:
    """Which side of what left is missed, and what is called a remainder, planted or not."""
    below = above = 0
    quiet, planted = [0, 0], [0, 0]
    for window in windows:
        balance = balance_of(window.ledger)
        left, chance = balance.left, balance.p_remainder
        if left is None or chance is None:
            continue
        # A hundred tonnes are the rounding of an hour's loading at the window's edge.
        below += window.left_t < left.low95 - 100
        above += window.left_t > left.high95 + 100
        called = chance >= NOTHING_LEFT
        which = planted if window.unseen_removal else quiet
        which[0] += called
        which[1] += 1
    return [
        _share(f"{name}: less left than the 95% interval begins with", below, len(windows)),
        _share(
            f"{name}: more left than it ends with (arrivals between looks)", above, len(windows)
        ),
        _share(f"{name}: remainder called where none was planted", *quiet),
        _share(f"{name}: planted removal of 16,000 t called a remainder", *planted),
    ]


# Recorded draught fields


def _field_rows(data: Path) -> list[Row]:
    rows: list[Row] = []
    noaa = data / "ais" / "noaa_2022" / "AIS_2022_01_03_first99999.csv.gz"
    if noaa.is_file():
        said = pl.read_csv(noaa, columns=["MMSI", "VesselType", "Draft", "TransceiverClass"])
        rows += _noaa_rows(said)
    seine = sorted((data / "ais" / "nmea_seine").glob("*.gz"))
    if seine:
        rows += _seine_rows(seine)
    chips = data / "imagery" / "sentinel1_ship_chips"
    if chips.is_dir():
        rows += _chip_rows(chips)
    return rows


def _noaa_rows(said: pl.DataFrame) -> list[Row]:
    told = said.filter(pl.col("Draft") > 0)
    ships = told.group_by("MMSI").agg(
        kinds=pl.col("Draft").n_unique(), first=pl.col("Draft").first(),
        type=pl.col("VesselType").first(),
    )  # fmt: skip
    class_a = said.filter(pl.col("TransceiverClass") == "A").group_by("MMSI")
    known = class_a.agg(most=pl.col("Draft").max())["most"].fill_null(0) > 0
    cargo = ships.filter(pl.col("type").is_between(70, 89))
    tenths = (cargo["first"] * 10).round().cast(pl.Int64)
    return [
        _share("noaa_2022, one day: class A ships that state a draught",
               int(known.sum()), len(known)),
        _share("noaa_2022: ships whose draught changes within the day",
               int((ships["kinds"] > 1).sum()), ships.height),
        _share("noaa_2022: cargo ships and tankers, draught in half metres",
               int((tenths % 5 == 0).sum()), cargo.height),
    ]  # fmt: skip


def _seine_rows(files: Sequence[Path]) -> list[Row]:
    told = pl.concat(
        batch.statics.select("mmsi", "draught_m", "destination")
        for path in files
        for batch in read_ais(path, source_id=path.name, timezone="Europe/Paris")
    ).filter(pl.col("draught_m") > 0)
    ships = told.group_by("mmsi").agg(kinds=pl.col("draught_m").n_unique())
    return [
        _share("nmea_seine, 3 days of a river: ships whose draught changes",
               int((ships["kinds"] > 1).sum()), ships.height),
    ]  # fmt: skip


def _chip_rows(folder: Path) -> list[Row]:
    """Bulkers with a register's deadweight: what share of a full draught they state."""
    shares = []
    for path in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(path) as packed:
            labels = next((n for n in packed.namelist() if n.endswith("Ship.xml")), None)
            text = "" if labels is None else packed.read(labels).decode("utf-8", errors="replace")
        for ship in text.split("<ship>")[1:]:
            if _text(ship, "Elaborated_type") == "Bulk Carrier":
                share = _share_of_full(ship)
                shares += [] if share is None else [share]
    found = np.array(shares)
    n = len(found)
    return [
        _share("sentinel1_ship_chips, bulkers: draught above 1.15 of a full one",
               int((found > 1.15).sum()), n),
        _share("the same: 0.85 to 1.15, as laden",
               int(((found > 0.85) & (found <= 1.15)).sum()), n),
        _share("the same: 0.45 to 0.75, as in ballast",
               int(((found >= 0.45) & (found < 0.75)).sum()), n),
    ]  # fmt: skip


def _share_of_full(ship: str) -> float | None:
    """Stated draught over the one at which the register's deadweight floats; bulkers' shapes."""
    said = [_text(ship, key) for key in
            ("Draught", "Deadweight", "Length_overall", "Breadth_extreme")]  # fmt: skip
    try:
        draught, dwt, length, beam = (float(text or "nan") for text in said)
    except ValueError:
        return None
    if not (draught > 0 and dwt > 0 and length > 0 and beam > 0):
        return None
    # A bulker's deadweight is about 0.85 of her displacement; block coefficient 0.84.
    full = dwt / 0.85 / (1.025 * 0.84 * 0.97 * length * beam)
    return draught / 10 / full


def _text(ship: str, key: str) -> str | None:
    found = re.search(rf"<{key}>([^<]*)</{key}>", ship)
    return None if found is None else found[1].strip()


# Speed and rows


def _speed_rows() -> list[Row]:
    one = fleet(TRADES[0], np.random.default_rng(SEED))
    published = Published(
        stated(330_000, "an article", sense="about"), 6, 18, Priced(DOCUMENTED[0], None)
    )
    works: tuple[tuple[str, Callable[[], object]], ...] = (
        ("tonnes of 18 voyages and their sum", lambda: (
            [cargo_of(c) for c in one.carriages], total_of(one.carriages))),
        ("both readings of a published total", lambda: readings_of(published)),
        ("weight of a change of draught", lambda: weight_of(Change(5.2, 8.4, hull_of(13_000)))),
    )  # fmt: skip
    rows = []
    for name, work in works:
        middle, least, most = timed(work)
        rows.append({"what": name, "n": 3, "found": 1e3 * middle, "low": 1e3 * least,
                     "high": 1e3 * most, "unit": "ms of processor time"})  # fmt: skip
    return rows


def _share(what: str, found: int, of: int) -> Row:
    if of == 0:
        return {"what": what, "n": 0, "found": None, "low": None, "high": None, "unit": "share"}
    p, z2 = found / of, 1.96**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = 1.96 * np.sqrt(p * (1 - p) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return {"what": what, "n": of, "found": round(p, 4), "low": round(float(middle - half), 4),
            "high": round(float(middle + half), 4), "unit": "share"}  # fmt: skip


def _points(what: str, values: Sequence[float], unit: str) -> Row:
    low, mid, high = (float(v) for v in np.quantile(values, (0.05, 0.5, 0.95)))
    return {"what": what, "n": len(values), "found": round(mid, 4), "low": round(low, 4),
            "high": round(high, 4), "unit": unit}  # fmt: skip
