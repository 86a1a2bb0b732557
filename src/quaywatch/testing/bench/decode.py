"""NMEA to typed columns, beside pyais and aiscat: one core, one run, the same sentences."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from quaywatch.errors import ArgumentError
from quaywatch.testing.bench.report import BenchReport, Progress, peer

SAMPLES = {"pyais": 100_000, "aiscat": 1_000_000, "aiscat-json": 1_000_000}
"""Sentences that a peer is given: as many as it reads in about a second."""
REPEATS = 5

_SAID = {
    "quaywatch": "quaywatch: read_ais, file to the lake's columns",
    "bytes": "of which: the file's bytes to memory",
    "aiscat": "aiscat: iter_decode, bytes to dicts",
    "aiscat-json": "aiscat: iter_decode, bytes to JSON text",
    "pyais": "pyais: IterMessages and decode, lines to objects",
}


def run(data: Path, progress: Progress, *, size: int = 10_000_000) -> BenchReport:
    """Measure ourselves and the peers that are installed.

    Args:
        data: folder of the recorded data.
        progress: told how far it is.
        size: sentences that we decode; the recorded ones are repeated as often as that takes.

    Raises:
        ArgumentError: the recorded log is not there.

    """
    logs = sorted((data / "ais" / "nmea_seine").glob("*.gz"))
    if not logs:
        raise ArgumentError(
            flag="--data",
            fact=f"{data} holds no ais/nmea_seine",
            remedy="docs/real-data.md says what it holds.",
        )
    text = b"".join(gzip.decompress(log.read_bytes()) for log in logs)
    lines = text.count(b"\n")
    copies = -(-size // lines)
    peers = [who for who in SAMPLES if peer(who.partition("-")[0])]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "seine.log"
        with log.open("wb") as out:
            for _ in range(copies):
                out.write(text)
        found = {}
        for done, who in enumerate(["quaywatch", "bytes", *peers]):
            progress(_SAID[who], done / (2 + len(peers)))
            found[who] = _measure(who, log, SAMPLES.get(who, copies * lines))
    return BenchReport(
        name="ais-decode",
        data=f"recorded: ais/nmea_seine ({lines:,} lines, three days) written {copies} times, "
        f"{copies * lines:,} lines, {copies * len(text) / 1e6:,.0f} MB of plain text",
        columns=(
            "who",
            "sentences",
            "sentences_per_s",
            "least",
            "most",
            "ns_each",
            "we_are_times",
            "fastest_to_fastest",
        ),
        rows=[_row(who, found[who], found["quaywatch"]) for who in found],
        notes=_notes(found["quaywatch"], peers),
    )


def _measure(who: str, log: Path, sentences: int) -> dict[str, Any]:
    """In a process of its own with one thread."""
    command = [sys.executable, "-m", "quaywatch.testing.bench.decode_worker"]
    command += [who, str(log), str(sentences), str(REPEATS)]
    environment = os.environ | {"POLARS_MAX_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603  # ourselves
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _row(who: str, found: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    n, seconds = found["sentences"], found["seconds"]
    each = median(seconds) / n
    ours_each = [kind(ours["seconds"]) / ours["sentences"] for kind in (median, min)]
    is_peer = who not in {"quaywatch", "bytes"}
    return {
        "who": _SAID[who],
        "sentences": n,
        "sentences_per_s": 1 / each,
        "least": n / max(seconds),
        "most": n / min(seconds),
        "ns_each": each * 1e9,
        "we_are_times": each / ours_each[0] if is_peer else None,
        "fastest_to_fastest": min(seconds) / n / ours_each[1] if is_peer else None,
    }


def _notes(ours: dict[str, Any], peers: list[str]) -> list[str]:
    missing = sorted({who.partition("-")[0] for who in SAMPLES} - set(peers))
    return [
        (
            f"Processor seconds of one thread, median of {REPEATS} runs after one that compiles "
            "and warms, with the slowest and the fastest; every worker is pinned to one core. "
            "`we_are_times` compares medians, `fastest_to_fastest` the best runs, which what else "
            "runs on the machine disturbs least."
        ),
        "Nothing is shifted between the copies: times go back to the first day with each.",
        (
            "We verify every checksum, join parts, read each line's local time and turn it into "
            f"UTC, and give {ours['positions']:,} position rows, {ours['statics']:,} static rows "
            f"and {ours['rejects']:,} rejects with reason and text (messages 8, 20 and 23, wrong "
            "checksums). A batch is let go of when the next one comes."
        ),
        (
            "The peers are given the first sentences of the same log in memory, without their "
            "times. They decode every message type, give one object or text a message, and make "
            "no columns."
        ),
        f"Peak memory of our process: {ours['peak_mb']:,.0f} MB.",
        *(f"{name} is not installed: not measured (make peers)." for name in missing),
    ]
