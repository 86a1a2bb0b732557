"""How right the stock of yards is: spectra of three ports, heaps of known volume, two-year series.

``quaywatch bench imagery-stock``. Spectra are recorded; heaps and series are simulated, the series
under recorded cloud masks. Ports are split, and seeds of the series are not those it was set on.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import ndimage

from quaywatch.imagery.change_points import DEFAULT, Change, changes
from quaywatch.imagery.stock import measure_stock
from quaywatch.imagery.stock_material import COAL_RULE, PRIOR_RULE, Rule, Spectrum
from quaywatch.imagery.water import water_mask
from quaywatch.testing.bench.report import BenchReport, Progress, peer
from quaywatch.testing.bench.stock_spectra import Ground, fit_laws, known_ground, port_pixels
from quaywatch.testing.bench.stock_worlds import (
    Conditions,
    Series,
    heaps,
    known,
    real_masks,
    render,
    series,
    yard_of_world,
)

NDCI_STEPS: Final = np.round(np.arange(0.0, 0.241, 0.02), 2)
SLOPE_STEPS: Final = np.round(np.arange(0.3, 0.91, 0.1), 2)
VNIR_STEPS: Final = (0.06, 0.07, 0.08, 0.09, 0.12)
ELSEWHERE: Final = ("genoa", "klang", "casablanca", "cartagena")
"""Ports in whose frames nobody marked coal: what is called coal there is to be looked at."""
SERIES_SEED: Final = 70_000
HEAPS: Final = 400
STEP: Final = 0.15
"""Planted steps from here on are counted."""
STILL: Final = 0.03
"""A told change across which the truth moved less than this, its way, is false."""


def run(data: Path, progress: Progress, *, size: int = 24) -> BenchReport:
    """Measure.

    Args:
        data: folder of recorded data.
        progress: told what is being done.
        size: yards of two years; a quarter of them never change.

    """
    progress("spectra", 0.0)
    ground = known_ground(data)
    rows = _spectra_rows(ground)
    progress("other ports", 0.1)
    rows += _elsewhere_rows(data)
    progress("heaps", 0.25)
    rows += _heap_rows()
    progress("series", 0.35)
    masks = real_masks(data)
    made = []
    for k in range(size):
        progress("series", 0.35 + 0.55 * k / size)
        rng = np.random.default_rng(SERIES_SEED + k)
        made.append(series(masks, rng, registered=k % 2 == 0, busy=k % 4 != 3))
    rows += _look_rows(made) + _change_rows(made)
    progress("done", 1.0)
    return BenchReport(
        name="imagery-stock",
        data=(
            "sentinel2_ports, recorded (patches drawn by eye: "
            f"{len(ground)}, {sum(g.count for g in ground):,} pixels); {HEAPS} rendered heaps and "
            f"{size} rendered yards of two years, simulated, under 68 recorded cloud masks"
        ),
        columns=("what", "n", "found", "low", "high", "unit"),
        rows=rows,
        notes=(
            "low and high: 95% Wilson interval of a share; of other figures the 5% and 95% points.",
            "Pixels of one patch are alike: intervals of pixel shares are too narrow.",
            "Simulated series are kinder than a port: no traffic on the yard, one kind of coal.",
        ),
    )


# Spectra


def _spectra_rows(ground: Sequence[Ground]) -> list[dict[str, Any]]:
    """What is set on some ports, scored on another; then every patch by the rule that ships."""
    rows = []
    for scored in ("gdynia", "durban"):
        learned = [g for g in ground if g.port != scored]
        rule = _best_rule(learned)
        held = [g for g in ground if g.port == scored]
        told = f"{scored}, set on the others (NDCI > {rule.ndci_above:g}, slope ± "
        told += f"{rule.slope_within:g}, VNIR < {rule.vnir_below:g})"
        rows += _rule_rows(told, held, rule)
        rows += _law_rows(f"{scored}, laws of the others", learned, held)
    rows += _rule_rows("METHODS' prior rule, all four ports", ground, PRIOR_RULE)
    rows += _rule_rows("the rule that ships, all four ports (fitted)", ground, COAL_RULE)
    for port in ("west", "east"):
        own = [g for g in ground if g.kind == "ore" and port in g.id]
        rows.append(_share("ore pixels called ore, " + port + "ern yards of Port Hedland",
                           sum(int(g.spectrum.ore().sum()) for g in own),
                           sum(g.count for g in own)))  # fmt: skip
    other = [g for g in ground if g.kind not in {"ore", "coal"}]
    rows.append(_share("neither coal nor ore, called ore",
                       sum(int(g.spectrum.ore().sum()) for g in other),
                       sum(g.count for g in other)))  # fmt: skip
    return rows


def _best_rule(ground: Sequence[Ground]) -> Rule:
    """The bounds of NDCI and slope with the best balance of both kinds of error, patches alike."""
    rules = [
        replace(COAL_RULE, ndci_above=float(n), slope_within=float(s), vnir_below=v)
        for n in NDCI_STEPS
        for s in SLOPE_STEPS
        for v in VNIR_STEPS
    ]
    return max(rules, key=lambda rule: _balance(ground, rule))


def _balance(ground: Sequence[Ground], rule: Rule) -> float:
    shares = [(g.kind == "coal", float(g.spectrum.coal(rule).mean())) for g in ground]
    hit = np.mean([share for coal, share in shares if coal])
    # The worst patch that is not coal counts as much as all of them: one is enough to accuse.
    wrong = [share for coal, share in shares if not coal]
    return float(hit - 0.5 * np.mean(wrong) - 0.5 * np.max(wrong))


def _rule_rows(name: str, ground: Sequence[Ground], rule: Rule) -> list[dict[str, Any]]:
    """Per pixel and per patch."""
    coal = [g for g in ground if g.kind == "coal"]
    other = [g for g in ground if g.kind != "coal"]
    hits = sum(int(g.spectrum.coal(rule).sum()) for g in coal)
    wrong = sum(int(g.spectrum.coal(rule).sum()) for g in other)
    rows = [
        _share(f"coal pixels called coal: {name}", hits, sum(g.count for g in coal)),
        _share(f"other pixels called coal: {name}", wrong, sum(g.count for g in other)),
    ]
    of_patch = [float(g.spectrum.coal(rule).mean()) >= 0.5 for g in coal]
    rows.append(_share(f"coal patches called coal: {name}", sum(of_patch), len(of_patch)))
    called = [g for g in other if float(g.spectrum.coal(rule).mean()) >= 0.5]
    row = _share(f"other patches called coal: {name}", len(called), len(other))
    if called:
        row["unit"] = "share: " + ", ".join(f"{g.port} {g.id}" for g in called)
    return [*rows, row]


def _law_rows(name: str, learned: Sequence[Ground], held: Sequence[Ground]) -> list[dict[str, Any]]:
    """The likeliest class of each patch by normal laws fitted elsewhere."""
    laws = fit_laws(learned)
    right, dark = 0, [g for g in held if g.kind not in {"trees", "water"}]
    for g in dark:
        likely = laws.ln_likelihoods(g.features)
        told = laws.names[int(np.argmax(np.median(likely, axis=0)))]
        right += told == (g.kind if g.kind in {"coal", "ore"} else "other")
    return [_share(f"patches given their class: {name}", right, len(dark))]


def _elsewhere_rows(data: Path) -> list[dict[str, Any]]:
    """How much of ports without a coal terminal is called coal, in areas worth a yard."""
    rows = []
    for port in ELSEWHERE:
        pixels = port_pixels(data, port)
        spectrum = Spectrum.of(pixels)
        if spectrum is None:
            continue
        land = pixels.valid & ~water_mask(pixels)
        called = spectrum.coal() & land
        marks, count = ndimage.label(called)
        sizes = np.bincount(marks.ravel(), minlength=count + 1)[1:] * pixels.gsd_m**2 / 1e4
        row = _share(f"land called coal: {port}", int(called.sum()), int(land.sum()))
        row["unit"] = f"share; {int((sizes >= 0.5).sum())} areas of half a hectare and more"
        rows.append(row)
    return rows


# Heaps


def _heap_rows() -> list[dict[str, Any]]:
    """Does the interval hold the true volume, and how wide is it?"""
    rng = np.random.default_rng(77)
    yard, found = yard_of_world(), []
    for heap in heaps(HEAPS, rng):
        shift = float(rng.normal(0, 0.33)), float(rng.normal(0, 0.33))
        haze = float(rng.uniform(0.03, 0.2))
        pixels = render(heap.coal, Conditions(haze=haze, shift_px=shift), rng)
        look = measure_stock(
            pixels, yard, usable=pixels.valid, position_sigma_m=2.0, sun_elevation_deg=40.0
        )
        if look.volume is not None:
            found.append((heap, look.volume))
    rows = []
    for shape in ("cone", "ridge", "flat ridge", "several", "all"):
        own = [(h.volume_m3, v) for h, v in found if shape in {h.shape, "all"}]
        inside = sum(v.m3[0] <= true <= v.m3[2] for true, v in own)
        rows.append(_share(f"volume in its 90% interval: {shape}", inside, len(own)))
    ratio = [v.m3[1] / h.volume_m3 for h, v in found]
    width = [v.m3[2] / max(v.m3[0], 1.0) for _, v in found]
    rows.append(_spread_row("middle of the interval over the true volume", ratio, "ratio"))
    rows.append(_spread_row("upper end over lower end", width, "ratio"))
    above = sum(h.volume_m3 > v.most_m3 for h, v in found)
    rows.append(_share("true volume over the most that can stand there", above, len(found)))
    return rows


# Series


def _look_rows(made: Sequence[Series]) -> list[dict[str, Any]]:
    """The dark share of single looks against the truth."""
    pairs = [
        (look, float(truth))
        for s in made
        for look, truth in zip(s.looks, s.truth, strict=True)
    ]  # fmt: skip
    seen = [
        (look.y, look.y_sigma, truth)
        for look, truth in pairs
        if look.y is not None and look.y_sigma is not None
    ]
    apart = [abs(y - truth) for y, _, truth in seen]
    within = sum(abs(y - truth) <= 2 * sigma for y, sigma, truth in seen)
    empty = [look for look, truth in pairs if truth == 0.0]
    full = [look for look, truth in pairs if truth > 0.2]
    return [
        _share("looks with a dark share", len(seen), len(pairs)),
        _spread_row("error of the dark share", apart, "share, absolute"),
        _share("dark share within two sigma", within, len(seen)),
        _share("bare yard called some or full",
               sum(str(look.state) in {"some", "full"} for look in empty), len(empty)),
        _share("yard a fifth covered and more, called none",
               sum(str(look.state) == "none" for look in full), len(full)),
    ]  # fmt: skip


def _change_rows(made: Sequence[Series]) -> list[dict[str, Any]]:
    """Steps found, false alarms, delays, brackets; each method on the same looks."""
    rows = []
    for name, which in (
        ("registered looks", [s for k, s in enumerate(made) if k % 2 == 0]),
        ("unregistered looks", [s for k, s in enumerate(made) if k % 2 == 1]),
    ):
        rows += _told_rows(name, which, _ours)
    still = [s for s in made if not s.steps]
    if still:
        told = [c for s in still for c in _ours(s)]
        rows.append(_rate("changes told of yards that never changed", len(told), still))
    if peer("ruptures"):
        for cost in ("l2", "rank"):
            rows += _told_rows(f"ruptures PELT {cost}", made, lambda s, c=cost: _ruptures(s, c))
    rows += _told_rows("ours, all looks", made, _ours)
    return rows


def _told_rows(name: str, made: Sequence[Series], tell: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # any method that gives changes
    steps, hits, false, told, held = 0, 0, 0, 0, 0
    delays: list[float] = []
    for s in made:
        rows = known(s.looks)
        days = s.days[rows]
        truth = s.truth[rows]
        found: list[Change] = tell(s)
        told += len(found)
        for change in found:
            moved = truth[change.before] - truth[change.after]
            false += bool(moved * np.sign(change.delta) < STILL)
            inside = [at for at, _ in s.steps if days[change.after] < at <= days[change.before]]
            held += bool(inside)
        for at, _ in s.steps:
            first = int(np.searchsorted(days, at))
            # A step that no three looks follow cannot be told of yet.
            if not 2 <= first <= len(days) - 3 or abs(truth[first] - truth[first - 1]) < STEP:
                continue
            steps += 1
            own = [c for c in found if days[c.after] < at <= days[c.before]]
            hits += bool(own)
            delays += [float(days[own[0].detected] - days[first])] if own else []
    return [
        _share(f"steps of {STEP:g} and more told, bracketed: {name}", hits, steps),
        _rate(f"false changes: {name}", false, made),
        _share(f"told changes whose bracket holds a planted step: {name}", held, told),
        _spread_row(f"delay after the first look that shows it: {name}", delays, "days"),
    ]


def _ours(s: Series) -> list[Change]:
    rows = known(s.looks)
    looks = [s.looks[k] for k in rows]
    return changes(
        s.days[rows].tolist(),
        [float(look.y or 0.0) for look in looks],
        [float(look.y_repeat_sigma or 0.01) for look in looks],
        DEFAULT,
    )


def _ruptures(s: Series, cost: str) -> list[Change]:
    """PELT with the penalty of METHODS: 3 σ² ln n, three looks at least between changes."""
    import ruptures  # noqa: PLC0415  # a peer, untyped

    rows = known(s.looks)
    y = np.array([float(s.looks[k].y or 0.0) for k in rows])
    if len(y) < 6:
        return []
    sigma = float(np.median(np.abs(np.diff(y)))) / 0.954 if cost == "l2" else 1.0
    penalty = 3 * max(sigma, 0.01) ** 2 * np.log(len(y)) if cost == "l2" else 3 * np.log(len(y))
    ends = ruptures.Pelt(model=cost, min_size=3, jump=1).fit(y[:, None]).predict(pen=penalty)
    found, cuts = [], [0, *ends]
    for first, middle, end in zip(cuts, cuts[1:], cuts[2:], strict=False):
        delta = float(y[middle:end].mean() - y[first:middle].mean())
        found.append(Change(middle - 1, middle, delta, 0.0, 1.0, (middle - 1, 1.0), middle, ()))
    return found


def _rate(name: str, count: int, made: Sequence[Series]) -> dict[str, Any]:
    """So many a yard and year, with the 95% interval of a Poisson count."""
    years = sum(float(s.days[-1] - s.days[0]) / 365.25 for s in made)
    low = max(count - 1.96 * np.sqrt(count), 0.0)
    high = count + 1.96 * np.sqrt(count + 1) + 1.0
    return {"what": name, "n": count, "found": count / years, "low": low / years,
            "high": high / years, "unit": f"a yard and year, {years:.0f} of them"}  # fmt: skip


def _share(name: str, found: int, n: int) -> dict[str, Any]:
    """A share with its 95% Wilson interval."""
    if n == 0:
        return {"what": name, "n": 0}
    share, z2 = found / n, 1.96**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = 1.96 * float(np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return {"what": name, "n": n, "found": share, "low": max(middle - half, 0.0),
            "high": min(middle + half, 1.0), "unit": "share"}  # fmt: skip


def _spread_row(name: str, values: Sequence[float], unit: str) -> dict[str, Any]:
    """Median, with the 5% and 95% points."""
    if not values:
        return {"what": name, "n": 0, "unit": unit}
    low, middle, high = (float(v) for v in np.quantile(values, (0.05, 0.5, 0.95)))
    return {"what": name, "n": len(values), "found": middle, "low": low, "high": high,
            "unit": unit}  # fmt: skip
