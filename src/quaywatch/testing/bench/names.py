"""How well names written by two hands are told from names of two ships, and by whom.

``quaywatch bench names``. Recorded: the lists' own aliases, two lists' names of one IMO number, and
names of different ships and companies. The table is fitted on one half of the owners and scored on
the other, both ways round; the names of another sea and year were never fitted on.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.testing.bench.names_fit import Group, c_llr, counted, fit
from quaywatch.testing.bench.names_pairs import (
    genuine_pairs,
    heard_names,
    impostors,
    population,
    sbarc_names,
)
from quaywatch.testing.bench.report import BenchReport, Progress, peer, timed
from quaywatch.vessels.names import Kind, ReadName, read_name
from quaywatch.vessels.names_likeness import (
    LOG_MOST,
    Features,
    Numbers,
    bins_of,
    features_of,
    log_ratio,
)
from quaywatch.vessels.names_search import alike_pairs, nearest

SEED: Final = 5_200
SHOWN: Final = 300.0
"""Ratio from which ``quaywatch who`` shows a ship."""
WRITTEN_TWICE: Final = 0.65
"""Likeness from which two aliases are scored as one name written twice; below, most are not."""
FALSE_ALARMS: Final = 1e-4
Row = dict[str, Any]
Texts = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class _Half:
    """What is scored of one kind of names: pairs of one owner, pairs of two, and their weights."""

    genuine: Sequence[tuple[ReadName, ReadName]]
    impostor: Sequence[tuple[ReadName, ReadName]]
    stands_for: NDArray[np.float64]

    def group(self) -> Group:
        """As the fit takes it."""
        return Group(counted(self.genuine), counted(self.impostor), self.stands_for)


def run(data: Path, progress: Progress, *, size: int = 20_000) -> BenchReport:
    """Measure.

    Args:
        data: folder of recorded data.
        progress: told what is being done.
        size: pairs of unlike names drawn for each half and kind.

    """
    progress("pairs", 0.0)
    halves = _halves(data, size)
    rows: list[Row] = []
    for k, (kind, first, others) in enumerate(
        ((Kind.SHIP, "ship", ("person",)), (Kind.COMPANY, "entity", ()))
    ):
        progress(f"{kind} names", 0.2 + 0.2 * k)
        rows += _scored(kind, first, others, halves)
    progress("peers", 0.6)
    rows += _peers(halves)
    progress("another sea", 0.75)
    rows += _elsewhere(data)
    progress("collisions", 0.8)
    rows += _collisions(data)
    progress("done", 1.0)
    return BenchReport(
        name="names",
        data=(
            "recorded: OFAC SDN list of January 2023, EU lists to 2026-08-22, MarineCadastre AIS "
            "of 2022-01-03, AIS off Southern California of June 2018"
        ),
        columns=("what", "n", "found", "low", "high", "unit"),
        rows=rows,
        notes=(
            "low and high: 95% Wilson interval of a share; pairs of one owner are not apart.",
            (
                f"One name written twice: aliases alike by {WRITTEN_TWICE:g} or more. Read by eye, "
                "all 35 ship aliases below are renamings and all 64 above are not; of persons and "
                "companies nobody has read them all, and those figures flatter."
            ),
            (
                "Ship pairs that differ at all are few: the lists print most ships' names alike. "
                "Persons' names in the same lists tell how clerks romanise; no name is kept."
            ),
            *([] if peer("rigour") else ["rigour is not installed: its row is left out."]),
        ),
    )


def _halves(data: Path, size: int) -> dict[tuple[str, int], _Half]:
    pairs, names = genuine_pairs(data), population(data)
    halves = {}
    for g, group in enumerate(("ship", "person", "entity")):
        for half in (0, 1):
            rng = np.random.default_rng([SEED, g, half])
            own = [name for k, name in enumerate(names[group]) if k % 2 == half]
            far, weights = impostors(own, rng=rng, easy=size)
            near = [(p.one, p.other) for p in pairs if p.group == group and p.half == half]
            halves[group, half] = _Half(near, far, weights)
    return halves


def _scored(
    kind: Kind, first: str, others: Sequence[str], halves: dict[tuple[str, int], _Half]
) -> list[Row]:
    """Scores of one kind of names, fitted on the other half of the owners."""
    told: dict[str, list[list[NDArray[Any]]]] = {g: [[], [], [], []] for g in (first, *others)}
    for half in (0, 1):
        learnt = fit([halves[g, 1 - half].group() for g in (first, *others)])
        for g, kept in told.items():
            scored = halves[g, half].group()
            kept[0].append(_logs(scored.genuine, learnt.table, learnt.numbers))
            kept[1].append(_logs(scored.impostor, learnt.table, learnt.numbers))
            kept[2].append(scored.stands_for)
            kept[3].append(np.array([f.alike >= WRITTEN_TWICE for f in scored.genuine]))
    rows: list[Row] = []
    for g, kept in told.items():
        genuine, impostor, weights, twice = (np.concatenate(part) for part in kept)
        rows += _figures(f"{kind}: {g} names" if g != first else f"{kind} names", genuine,
                         impostor, weights, twice.astype(bool))  # fmt: skip
    return rows


def _logs(
    found: Sequence[Features], table: NDArray[np.float64], numbers: dict[Numbers, float]
) -> NDArray[np.float64]:
    """Log ratios by a table that was just fitted, as ``log_ratio`` makes them by the one kept."""
    told = []
    for one in found:
        letters = float(table[bins_of(one)])
        if one.numbers is Numbers.DIFFER:
            letters = min(letters, 0.0)
        told.append(letters + np.log(numbers[one.numbers]))
    clipped: NDArray[np.float64] = np.clip(np.array(told), -LOG_MOST, LOG_MOST)
    return clipped


def _figures(
    name: str,
    genuine: NDArray[np.float64],
    impostor: NDArray[np.float64],
    weights: NDArray[np.float64],
    twice: NDArray[np.bool_],
) -> list[Row]:
    log_shown = np.log(SHOWN)
    false = float(weights[impostor >= log_shown].sum() / weights.sum())
    said = np.concatenate([genuine[twice], impostor])
    weight = np.concatenate([np.full(twice.sum(), 1.0 / twice.sum()), weights / weights.sum()])
    return [
        _share(f"{name}: aliases shown (ratio ≥ {SHOWN:g})", genuine >= log_shown),
        _share(f"{name}: written twice, shown", genuine[twice] >= log_shown),
        _row(f"{name}: pairs of two shown, of a million", len(impostor), 1e6 * false, "pairs"),
        _row(f"{name}: C_llr, written twice", int(twice.sum()),
             c_llr(genuine[twice], impostor, weights), "bits"),
        _row(f"{name}: ECE at even odds", len(said), _ece(said, weight, int(twice.sum())), "share"),
    ]  # fmt: skip


def _ece(logs: NDArray[np.float64], weight: NDArray[np.float64], genuine: int) -> float:
    """Calibration error where half of all pairs are of one name, ten bins of equal width."""
    chance = 1.0 / (1.0 + np.exp(-logs))
    true = np.arange(len(logs)) < genuine
    which = np.minimum((chance * 10).astype(int), 9)
    error = 0.0
    for k in range(10):
        mine = which == k
        mass = weight[mine].sum() / weight.sum()
        if mass > 0:
            told = np.average(chance[mine], weights=weight[mine])
            held = np.average(true[mine], weights=weight[mine])
            error += mass * abs(float(told - held))
    return error


def _peers(halves: dict[tuple[str, int], _Half]) -> list[Row]:
    """Aliases found at one false alarm in ten thousand pairs of two, by us and by others."""
    scorers: dict[str, Texts] = {
        "quaywatch": _ours,
        # A peer here, loaded as one: the library's home is vessels.
        "rapidfuzz WRatio, capitals": _folded(importlib.import_module("rapidfuzz.fuzz").WRatio),
    }
    if peer("rigour"):
        distance = importlib.import_module("rigour.text.distance")
        scorers["rigour Jaro-Winkler, capitals"] = _folded(distance.jaro_winkler)
    rows = []
    for group in ("ship", "entity"):
        both = [halves[group, half] for half in (0, 1)]
        for name, score in scorers.items():
            genuine = np.array([score(a.raw, b.raw) if name != "quaywatch" else _known(a, b)
                                for h in both for a, b in h.genuine if _twice(a, b)])  # fmt: skip
            other = np.array([score(a.raw, b.raw) if name != "quaywatch" else _known(a, b)
                              for h in both for a, b in h.impostor])  # fmt: skip
            weights = np.concatenate([h.stands_for for h in both])
            least = _threshold(other, weights)
            label = f"{group} names written twice found at 1 in 10,000: {name}"
            rows.append(_share(label, genuine > least))
    return [*rows, *_scripts(halves, scorers)]


def _scripts(halves: dict[tuple[str, int], _Half], scorers: dict[str, Texts]) -> list[Row]:
    """Names of persons that a list prints in two scripts: found by us, and by comparing letters."""
    pairs = [
        (a, b)
        for half in (0, 1)
        for a, b in halves["person", half].genuine
        if set(a.scripts) != set(b.scripts)
    ]
    rows = []
    for name, least in (("quaywatch", np.log(SHOWN)), ("rapidfuzz WRatio, capitals", 90.0)):
        scores = np.array([scorers[name](a.raw, b.raw) for a, b in pairs])
        rows.append(_share(f"person names in two scripts found (least {least:.3g}): {name}",
                           scores >= least))  # fmt: skip
    return rows


def _twice(one: ReadName, other: ReadName) -> bool:
    return features_of(one, other).alike >= WRITTEN_TWICE


def _known(one: ReadName, other: ReadName) -> float:
    found = features_of(one, other)
    # Ratios come in steps; inside one, the likeness itself ranks.
    return log_ratio(found, one.kind) + 1e-3 * found.alike


def _ours(one: str, other: str) -> float:
    mine, theirs = read_name(one), read_name(other)
    return -LOG_MOST if mine is None or theirs is None else _known(mine, theirs)


def _folded(score: Callable[..., float]) -> Texts:
    return lambda one, other: float(score(one.upper().strip(), other.upper().strip()))


def _threshold(scores: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The score that so few impostors exceed."""
    order = np.argsort(-scores)
    above = np.cumsum(weights[order]) / weights.sum()
    within = int(np.searchsorted(above, FALSE_ALARMS))
    return float(scores[order[min(within, len(order) - 1)]])


def _elsewhere(data: Path) -> list[Row]:
    """Names of ships of another sea and year: how often two of them look like one name."""
    names = sbarc_names(data)
    near = alike_pairs(names)
    logs = np.array([_known(names[i], names[j]) for i, j in near.tolist()])
    pairs = len(names) * (len(names) - 1) // 2
    return [
        _row("another sea: pairs of two shown, of a million", pairs,
             1e6 * float((logs >= np.log(SHOWN)).sum()) / pairs, "pairs"),
        _row("another sea: mean ratio of pairs of two (1 if calibrated)", pairs,
             float(np.exp(logs).sum()) / pairs, "ratio"),
    ]  # fmt: skip


def _collisions(data: Path) -> list[Row]:
    """How many of ten thousand ships' names collide, and what a search costs."""
    names = heard_names(data)[:10_000]
    near = alike_pairs(names, least=0.8)
    same: set[int] = set()
    shown: set[int] = set()
    apart = wrong = 0
    for i, j in near.tolist():
        found = features_of(names[i], names[j])
        if found.spelt == 1.0 and found.numbers in {Numbers.NONE, Numbers.SAME}:
            same |= {i, j}
        if log_ratio(found, Kind.SHIP) >= np.log(SHOWN):
            shown |= {i, j}
        if found.spelt == 1.0 and found.numbers is Numbers.DIFFER:
            apart += 1
            wrong += log_ratio(found, Kind.SHIP) >= 0
    wanted = [names[k] for k in range(0, len(names), len(names) // 20)]
    cost, *_ = timed(lambda: [nearest(one, names) for one in wanted])
    count = len(names)
    return [
        _part("ships whose very name another bears", len(same), count),
        _part(f"ships with another that would be shown for their name (ratio ≥ {SHOWN:g})",
              len(shown), count),
        _part("pairs of the same letters and other numbers taken for one", wrong, apart),
        _row("search of one name among these, CPU", len(wanted), 1e3 * cost / len(wanted), "ms"),
    ]  # fmt: skip


def _share(what: str, held: NDArray[np.bool_]) -> Row:
    return _part(what, int(held.sum()), len(held))


def _part(what: str, k: int, n: int) -> Row:
    """A share with its Wilson interval."""
    if n == 0:
        return {"what": what, "n": 0, "found": None, "low": None, "high": None, "unit": "share"}
    z, p = 1.96, k / n
    middle, spread = p + z * z / (2 * n), z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    scale = 1 + z * z / n
    return {"what": what, "n": n, "found": round(p, 4), "low": round((middle - spread) / scale, 4),
            "high": round((middle + spread) / scale, 4), "unit": "share"}  # fmt: skip


def _row(what: str, n: int, found: float, unit: str) -> Row:
    return {"what": what, "n": n, "found": found, "low": None, "high": None, "unit": unit}
