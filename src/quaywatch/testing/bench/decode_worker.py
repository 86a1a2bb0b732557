"""One measurement of the decoding benchmark in a process of its own, pinned to one core.

Called as ``python -m quaywatch.testing.bench.decode_worker WHO LOG SENTENCES REPEATS``; prints one
JSON object.
"""

import importlib
import itertools
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from quaywatch.ais.read import read_ais
from quaywatch.ais.stream import pieces

_CHUNK = 1 << 16


def _ours(log: Path) -> dict[str, int]:
    """All of the log into columns; a batch is let go of when the next one comes."""
    counts = {"positions": 0, "statics": 0, "rejects": 0}
    source_id = "source:" + "0" * 64
    for batch in read_ais(log, source_id=source_id, timezone="Europe/Paris"):
        for name in counts:
            counts[name] += getattr(batch, name).height
    return counts


def _bytes(log: Path) -> dict[str, int]:
    with log.open("rb") as stream:
        return {"bytes": sum(len(piece) for piece in pieces(stream, source=log.name))}


def _sentences(log: Path, count: int) -> list[bytes]:
    """The first ``count`` sentences without what stands before them."""
    with log.open("rb") as stream:
        return [line[line.index(b"!") :] for line in itertools.islice(stream, count)]


def _pyais(lines: list[bytes]) -> dict[str, int]:
    pyais = importlib.import_module("pyais")  # a peer: not always there
    return {"messages": sum(1 for message in pyais.IterMessages(lines) if message.decode())}


def _aiscat(chunks: list[bytes], kind: str) -> dict[str, int]:
    aiscat = importlib.import_module("aiscat")  # a peer: not always there
    return {"messages": sum(1 for _ in aiscat.iter_decode(chunks, format=kind))}


def _work(who: str, log: Path, sentences: int) -> Callable[[], dict[str, int]]:
    if who == "quaywatch":
        return lambda: _ours(log)
    if who == "bytes":
        return lambda: _bytes(log)
    lines = _sentences(log, sentences)
    if who == "pyais":
        return lambda: _pyais(lines)
    text = b"".join(lines)
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    return lambda: _aiscat(chunks, "json" if who == "aiscat-json" else "dictionary")


def main(arguments: list[str]) -> None:
    """Measure, print."""
    who, log = arguments[0], Path(arguments[1])
    sentences, repeats = int(arguments[2]), int(arguments[3])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    work = _work(who, log, sentences)
    said = work()
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(  # noqa: T201  # this is how it answers
        json.dumps({**said, "sentences": sentences, "seconds": seconds, "peak_mb": peak_mb})
    )


if __name__ == "__main__":
    main(sys.argv[1:])
