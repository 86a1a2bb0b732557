"""Reports that were never sent: a gap cut out, and a transmission made sparse and even."""

import numpy as np
import polars as pl

from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.errors import InjectionError
from quaywatch.testing.injections.plant import TRIES, Flags, Injected, Planted, placed


def gap(
    track: pl.DataFrame,
    rng: np.random.Generator,
    *,
    hours: tuple[float, float] = (2.0, 8.0),
    least: int = 30,
) -> Injected:
    """A silence cut out of a track, with at least one report left on either side.

    Args:
        track: one honest vessel; columns of ``POSITIONS``, sorted by ``at``.
        rng: where, and how long.
        hours: least and largest silence.
        least: reports taken out; a silence where nothing was heard anyway would be no attack.

    Raises:
        InjectionError: no such silence fits.

    """
    rows = placed(track)
    at = track["at"].dt.epoch("us").to_numpy()
    first, last = at[rows[0]], at[rows[-1]]
    for _ in range(TRIES):
        length = float(rng.uniform(*hours)) * 3.6e9
        if length >= last - first:
            continue
        begin = first + float(rng.uniform(0.0, last - first - length))
        cut = (at > begin) & (at < begin + length)
        before, after = np.flatnonzero(at <= begin), np.flatnonzero(at >= begin + length)
        if int(cut.sum()) >= least and len(before) and len(after):
            ends = (int(before[-1]), int(after[0]))
            return _without(track, ~cut, ends, attack="gap", hours=length / 3.6e9)
    raise InjectionError(
        fact=f"no silence of {hours[0]:g} to {hours[1]:g} h fits with {least} reports in it"
    )


def sparse(
    track: pl.DataFrame,
    rng: np.random.Generator,
    *,
    every_s: tuple[float, float] = (1200.0, 3600.0),
    share: tuple[float, float] = (0.4, 0.6),
) -> Injected:
    """Sparse-then-regular: first a report now and then at even intervals, then as ever.

    Args:
        track: one honest vessel; columns of ``POSITIONS``, sorted by ``at``.
        rng: how long, and the interval.
        every_s: least and largest interval of what is left in the sparse part.
        share: least and largest share of the track's duration that is sparse.

    Raises:
        InjectionError: the track is too short to leave four reports in the sparse part.

    """
    placed(track)
    at = track["at"].dt.epoch("us").to_numpy()
    step = float(rng.uniform(*every_s)) * 1e6
    until = at[0] + (at[-1] - at[0]) * float(rng.uniform(*share))
    due = np.arange(float(at[0]), until, step)
    near = np.unique(np.clip(np.searchsorted(at, due), 0, len(at) - 1))
    keep = at > until
    keep[near] = True
    left = near[at[near] <= until]
    if len(left) < 4 or keep.all():
        raise InjectionError(fact=f"{len(left)} reports would be left of the sparse part")
    ends = (int(left[0]), int(left[-1]))
    return _without(track, keep, ends, attack="sparse", every_s=step / 1e6)


def _without(
    track: pl.DataFrame, keep: Flags, ends: tuple[int, int], *, attack: str, **detail: float
) -> Injected:
    """The kept rows; the silence runs from the first to the second of ``ends``."""
    honest = conform(track.filter(keep), POSITIONS_FRAME)
    truth = Planted(
        attack, int(track["mmsi"][0]), track["at"][ends[0]], track["at"][ends[1]], detail=detail
    )
    return Injected(honest, np.zeros(honest.height, np.bool_), int((~keep).sum()), truth)


def thinned(frame: pl.DataFrame, rng: np.random.Generator, share: float) -> pl.DataFrame:
    """Each report kept with this chance: a receiver that hears so much of it."""
    return frame if share >= 1.0 else frame.filter(rng.uniform(size=frame.height) < share)
