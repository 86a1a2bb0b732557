"""The demonstration world on disk: AIS, images, the site, an analyst's claims, and the truth."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from quaywatch.testing.answers import presence_checks, two_places_pairs
from quaywatch.testing.claims_sim import write_claims
from quaywatch.testing.nmea_writer import Positions, Static, position_lines, static_lines
from quaywatch.testing.planted import PlantedScene, PlantedTruth, seconds
from quaywatch.testing.scene_plan import take_scenes
from quaywatch.testing.site_plan import site_geojson
from quaywatch.testing.stock_sim import simulate_stock
from quaywatch.testing.world import World, build_world

CSV_FROM: Final = "2025-04-01T00:00Z"
"""From here on the messages are written as a table, not as sentences."""
README: Final = """SIMULATED DATA
Everything in this folder was made by the quaywatch simulator: the port, the ships, their numbers,
the images and the claims are invented. Licence: CC0-1.0. Credit: Simulated by quaywatch.
truth.json says what was planted; a method must not read it.
"""


def build_demo_world(
    out_dir: Path,
    *,
    seed: int,
    progress: Callable[[str, float], None],
    looks_per_year: float = 95.0,
    background: float = 1.0,
) -> PlantedTruth:
    """Write a whole simulated world and return what is planted in it.

    Args:
        out_dir: made if missing; gets ``ais/``, ``imagery/``, ``sites/``, ``claims/``,
            ``truth.json`` and ``README.txt``.
        seed: the same seed writes the same bytes.
        progress: called with the stage and the share of it that is done, 0 to 1.
        looks_per_year: images of the site a year, beside the planted ones.
        background: share of the background ships; less is quicker.

    """
    for folder in ("ais", "imagery", "sites", "claims"):
        (out_dir / folder).mkdir(parents=True, exist_ok=True)
    progress("ships", 0.0)
    world = build_world(seed=seed, background=background)
    progress("ships", 1.0)
    files = write_ais(out_dir / "ais", world, lambda share: progress("ais", share))
    stock_rng, scene_rng = np.random.default_rng([seed, 1]).spawn(2)
    stocks = simulate_stock(world.visits, stock_rng)
    scenes = take_scenes(
        world,
        stocks,
        out_dir / "imagery",
        rng=scene_rng,
        looks_per_year=looks_per_year,
        progress=lambda share: progress("images", share),
    )
    truth = _with_answers(world, world.truth(), scenes)
    truth = replace(truth, stock=stocks.points(), files=files | {s.file: 1 for s in scenes})
    site = json.dumps(site_geojson(), indent=1) + "\n"
    (out_dir / "sites" / "simport.geojson").write_text(site, encoding="utf-8")
    write_claims(out_dir / "claims", truth)
    truth.write(out_dir / "truth.json")
    (out_dir / "README.txt").write_text(README, encoding="utf-8")
    progress("done", 1.0)
    return truth


def write_ais(folder: Path, world: World, progress: Callable[[float], None]) -> dict[str, int]:
    """Write one file a quarter, the last as a table; returns messages per file."""
    quarters = _quarters(world.table)
    files: dict[str, int] = {}
    for number, (name, start_s, end_s) in enumerate(quarters):
        rows = (world.table.at_s >= start_s) & (world.table.at_s < end_s)
        table = world.table.select(rows)
        if start_s >= seconds(CSV_FROM):
            path = folder / f"simulated-{name}.csv"
            path.write_text(_csv_text(table, world), encoding="utf-8")
            files[f"ais/{path.name}"] = len(table.at_s)
        else:
            said = [s for s in world.statics if start_s <= s.at_s < end_s]
            path = folder / f"simulated-{name}.nmea"
            path.write_bytes(_nmea_bytes(table, said))
            files[f"ais/{path.name}"] = len(table.at_s) + len(said)
        progress((number + 1) / len(quarters))
    return files


def _with_answers(world: World, truth: PlantedTruth, scenes: list[PlantedScene]) -> PlantedTruth:
    pairs = two_places_pairs(world, scenes)
    checks = presence_checks(world, scenes)
    honest = [p.id for p in pairs if p.honest] + [c.id for c in checks if c.honest]
    return replace(
        truth, two_places=pairs, presence=checks, honest_twins=tuple(honest), scenes=tuple(scenes)
    )


def _quarters(table: Positions) -> list[tuple[str, float, float]]:
    """Name, start and end of every quarter that holds a message."""
    first = datetime.fromtimestamp(float(table.at_s[0]), tz=UTC)
    year, quarter = first.year, (first.month - 1) // 3
    quarters: list[tuple[str, float, float]] = []
    while True:
        start = datetime(year, quarter * 3 + 1, 1, tzinfo=UTC).timestamp()
        if start > table.at_s[-1]:
            return quarters
        name = f"{year}Q{quarter + 1}"
        year, quarter = (year + 1, 0) if quarter == 3 else (year, quarter + 1)
        end = datetime(year, quarter * 3 + 1, 1, tzinfo=UTC).timestamp()
        quarters.append((name, start, end))


def _nmea_bytes(table: Positions, said: list[Static]) -> bytes:
    """Sentences of both kinds in time order, static before position at the same second."""
    lines = static_lines(said) + position_lines(table)
    times = np.concatenate([np.array([s.at_s for s in said]), table.at_s])
    order = np.argsort(times, kind="stable")
    return b"\n".join(lines[i] for i in order.tolist()) + b"\n"


def _csv_text(table: Positions, world: World) -> str:
    """The same messages as a table with name and ship type inline."""
    names = {send.mmsi: send.hull for send in reversed(world.sends)}
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(
        ["timestamp", "mmsi", "name", "ship_type", "sog", "lon", "lat", "cog", "heading",
         "nav_status", "msg_type"]
    )  # fmt: skip
    stamps = np.datetime_as_string(table.at_s.astype("datetime64[s]"), unit="s")
    for row in range(len(table.at_s)):
        mmsi = int(table.mmsi[row])
        hull = names[mmsi]
        writer.writerow(
            [
                f"{stamps[row]}.000Z", mmsi, hull.name, hull.ship_type,
                round(float(table.sog_kn[row]), 1), f"{table.lon[row]:.6f}",
                f"{table.lat[row]:.6f}", round(float(table.cog_deg[row]), 1) % 360,
                round(float(table.heading_deg[row])) % 360, int(table.nav_status[row]), 1,
            ]
        )  # fmt: skip
    return buffer.getvalue()
