"""Draw a planned film: two walks over its looks, a few in memory at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from quaywatch.cases.calendar_page import spoken
from quaywatch.cases.film import Caption, Lettering, Mask, Picture, Reel, smaller
from quaywatch.cases.film_cut import DAY, Step, cut, gap_between, reasons_line
from quaywatch.cases.film_files import Gif, Mp4
from quaywatch.cases.film_sheet import ContactSheet, Words, plate
from quaywatch.imagery.frames import Stretch, on_grid, percentiles_of, thinned
from quaywatch.workflows.timelapse_looks import Candidate, left_out
from quaywatch.workflows.timelapse_plan import Plan, credit_of

AHEAD: Final = 3
"""Looks read ahead of the one being written; no more are ever in memory."""
WORKERS: Final = 2
"""Threads that read: a laptop's two cores. What is drawn does not depend on them."""
GIF_PX: Final = 600
"""Longer side of the pictures of a GIF at most: it packs badly. Ask for a lesser size for less."""
THIN_PX: Final = 200
"""Shorter side of the picture that a look's brightness is taken from, at least."""
DAY_KNOWN: Final = timedelta(hours=12)
"""A capture known no better than this is a day, not a time."""
MINUTE_KNOWN: Final = timedelta(minutes=2)
Report = Callable[[str, float], None]
Shot = tuple[Picture, Mask, Caption]
_T = TypeVar("_T")
_R = TypeVar("_R")


def stretches(plan: Plan, report: Report) -> dict[str, Stretch]:
    """One stretch for all looks of a kind: those normalised, and else each sensor's."""
    kinds: dict[str, list[tuple[Sequence[float], Sequence[float]]]] = {}
    thin = thinned(plan.grid, max(1, min(plan.grid.width, plan.grid.height) // THIN_PX))

    def measured(one: Candidate) -> tuple[Sequence[float], Sequence[float]] | None:
        values = on_grid(one.scene, thin, one.correction, sampled=True)
        return None if values is None else percentiles_of(values)

    for number, found in enumerate(_ahead(measured, plan.shown)):
        report("one stretch for all frames", 0.4 * number / len(plan.shown))
        if found is not None:
            kinds.setdefault(plan.shown[number].light, []).append(found)
    return {kind: Stretch.common(found) for kind, found in kinds.items()}


def draw_moving(
    plan: Plan, paths: Mapping[str, Path], shades: Mapping[str, Stretch], report: Report
) -> bytes | None:
    """Write film and GIF, and give the contact sheet as PNG if it is asked for.

    Args:
        plan: of the film.
        paths: ``mp4``, ``gif``, ``sheet`` → where to; those not there are not made.
        shades: of ``stretches``.
        report: told how far it is.

    """
    height, width = plan.grid.height, plan.grid.width
    reel = _reel(plan)
    times = min(1.0, GIF_PX / max(height, width))
    small = (max(1, round(height * times)), max(1, round(width * times)))
    letters = {"mp4": Lettering(reel, height, width)}
    letters["gif"] = Lettering(_scaled(reel, times), *small)
    sheet = ContactSheet((height, width), len(plan.shown)) if "sheet" in paths else None
    with ExitStack() as open_files:
        files: dict[str, Mp4 | Gif] = {}
        if "mp4" in paths:
            files["mp4"] = open_files.enter_context(Mp4(paths["mp4"], letters["mp4"].shape))
        if "gif" in paths:
            files["gif"] = open_files.enter_context(Gif(paths["gif"], letters["gif"].shape))
        for step, shot in _steps(plan, shades, report):
            picture, seen, caption = shot
            if sheet is not None and step.look is not None:
                sheet.add(picture, seen, caption)
            for form, file in files.items():
                own, clear = (picture, seen) if form == "mp4" else smaller(picture, seen, small)
                frame = (
                    letters[form].look(own, clear, caption)
                    if step.gap is None
                    else letters[form].gap(step.gap, own)
                )
                file.add(frame, seconds=step.seconds)
    return None if sheet is None else sheet.png(_words(plan))


def draw_pair(plan: Plan, shades: Mapping[str, Stretch]) -> bytes:
    """The two looks of a plan as before and after: a PNG."""
    before, after = (
        (*_shown(plan, one, shades), caption_of(plan, one, number, None))
        for number, one in enumerate(plan.shown, start=1)
    )
    return plate(before, after, _words(plan))


def _steps(
    plan: Plan, shades: Mapping[str, Stretch], report: Report
) -> Iterator[tuple[Step, Shot]]:
    """Every look and gap in order, each with the look's picture."""
    making = plan.making
    moments = [one.at for one in plan.shown]
    steps = cut(
        moments, plan.others, pacing=making.pacing, fps=making.fps,
        days_per_second=making.days_per_second, hold_days=making.hold_days,
    )  # fmt: skip
    pictures = _ahead(lambda one: _shown(plan, one, shades), plan.shown)
    shot: Shot | None = None
    for step in steps:
        if step.look is not None:
            report("frames", 0.4 + 0.6 * step.look / len(plan.shown))
            previous = plan.shown[step.look - 1] if step.look else None
            caption = caption_of(plan, plan.shown[step.look], step.look + 1, previous)
            shot = (*next(pictures), caption)
        if shot is not None:
            yield step, shot


def _shown(plan: Plan, one: Candidate, shades: Mapping[str, Stretch]) -> tuple[Picture, Mask]:
    """The picture of a look and what of it was seen."""
    values = on_grid(one.scene, plan.grid, one.correction)
    shade = shades.get(one.light)
    if values is None or shade is None:
        shape = (plan.grid.height, plan.grid.width)
        return np.zeros((*shape, 3), np.uint8), np.zeros(shape, bool)
    return shade.shown(values)


def _ahead(work: Callable[[_T], _R], items: Sequence[_T]) -> Iterator[_R]:
    """``map`` in threads that starts only a few ahead of what was taken."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting = [pool.submit(work, item) for item in items[:AHEAD]]
        for number in range(len(items)):
            done = waiting.pop(0).result()
            if number + AHEAD < len(items):
                waiting.append(pool.submit(work, items[number + AHEAD]))
            yield done


def caption_of(plan: Plan, one: Candidate, number: int, previous: Candidate | None) -> Caption:
    """What is burnt in under a look."""
    registered, said = one.registration
    since = waited = None
    if previous is not None:
        gap = gap_between(previous.at, one.at, plan.others)
        if gap.days > plan.making.hold_days:
            since = f"{gap.days:.0f} days after the last usable look"
            waited = gap.days
    return Caption(
        when=when_of(one),
        at=one.at,
        sensor=f"{one.scene.sensor.name}, pixel {one.scene.gsd_m:.1f} m",
        registration=said,
        registered=registered,
        credit=credit_of(one),
        number=number,
        since=since,
        waited_days=waited,
    )


def when_of(one: Candidate) -> str:
    """The capture as a person reads it; never sharper than it is known."""
    start, end = one.scene.captured_start, one.scene.captured_end
    if end - start >= DAY_KNOWN:
        return f"{start:%Y-%m-%d}, time unknown"
    if end - start > MINUTE_KNOWN:
        return f"{start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
    return f"{start:%Y-%m-%d %H:%M} UTC"


def _reel(plan: Plan) -> Reel:
    shown = [one.at for one in plan.shown]
    others = [at for at, _ in plan.others]
    span = [*shown, *others]
    return Reel(
        place=plan.place,
        looks=len(shown),
        gsd_m=plan.gsd_m,
        start=min(span),
        end=max(span),
        usable=tuple(shown),
        unusable=tuple(others),
        stamps=plan.stamps,
    )


def _scaled(reel: Reel, times: float) -> Reel:
    return Reel(
        reel.place, reel.looks, reel.gsd_m / times, reel.start, reel.end, reel.usable,
        reel.unusable, reel.stamps,
    )  # fmt: skip


def _words(plan: Plan) -> Words:
    """What stands around the looks of a sheet or plate."""
    first, last = plan.shown[0].at, plan.shown[-1].at
    days = (plan.all[-1].at.date() - plan.all[0].at.date()).days + 1
    out = left_out(plan.all)
    usable = len(plan.all) - sum(out.values())
    what = "it" if plan.wanted.part else "its berths and yards"
    line = (
        f"{usable} of {len(plan.all)} looks in {days} days show at least "
        f"{100 * plan.wanted.min_clear:.0f}% of {what}"
    )
    if out:
        line += f"; left out: {reasons_line(out)}"
    span = f"{spoken(first)} to {spoken(last)}"
    if len(plan.shown) == 2:
        span += f", {(last - first) / DAY:.0f} days apart"
    lines = (f"{span}; all in one stretch of brightness and at one scale", line)
    return Words(plan.place, lines, plan.credits, plan.gsd_m, plan.stamps)
