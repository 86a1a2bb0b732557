"""Preferential sampling: told where there are signs, and never made out of ships that stay."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from quaywatch.errors import ActivityInputError
from quaywatch.sites.sampling import sampling_bias

Floats = NDArray[np.float64]
YEAR = 365.0


def stays(rng: np.random.Generator, rate: float = 0.15, dwell: float = 2.0) -> Floats:
    """Stays at one berth, one after another, (n, 2); days."""
    arrivals = np.sort(rng.uniform(0, YEAR, rng.poisson(rate * YEAR)))
    lengths = dwell * np.exp(0.6 * rng.standard_normal(len(arrivals)))
    free, rows = 0.0, []
    for at, length in zip(arrivals, lengths, strict=True):
        begin = max(at, free)
        free = begin + length
        rows.append((begin, free))
    return np.array(rows)


def taken(rows: Floats, at: Floats) -> list[bool]:
    """Whether a ship lies there at each time."""
    inside = (rows[:, 0] <= at[:, None]) & (at[:, None] < rows[:, 1])
    return [bool(row.any()) for row in inside]


def signs(draw: Callable[[np.random.Generator, Floats], Floats], runs: int) -> float:
    """Share of runs with signs."""
    said = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, 11])
        rows = stays(rng)
        at = draw(rng, rows)
        said.append(sampling_bias(at, taken(rows, at)).verdict == "signs")
    return float(np.mean(said))


def bursts(rng: np.random.Generator, _rows: Floats) -> Floats:
    """Looks in bursts that know nothing of ships."""
    heads = rng.uniform(0, YEAR, 50)
    at: Floats = np.sort((heads[:, None] + rng.exponential(1.5, (50, 3))).ravel() % YEAR)
    return at


def test_bursts_of_looks_alone_are_no_sign() -> None:
    """Ships stay, so that neighbouring looks agree: that must not pass for a choice."""
    assert signs(bursts, 40) <= 0.08


def test_looks_added_for_ships_are_found() -> None:
    """Half as many looks again, each with a ship: the shares they give are worthless."""

    def tipped(rng: np.random.Generator, rows: Floats) -> Floats:
        tried = rng.uniform(0, YEAR, 1200)
        extra = tried[np.array(taken(rows, tried))][:100]
        at: Floats = np.sort(np.concatenate([rng.uniform(0, YEAR, 200), extra]))
        return at

    assert signs(tipped, 12) >= 0.9


def test_publishing_ships_only_is_found_and_misleads_the_rate() -> None:
    """Of the looks acquired, those with a ship are published: the worst case, and visible."""
    rng = np.random.default_rng(5)
    rows = stays(rng)
    at = np.sort(rng.uniform(0, YEAR, 200))
    states = taken(rows, at)
    shown = [s if rng.random() < 0.7 else not s for s in states]
    found = sampling_bias(at, states, published=shown, acquired=200)
    assert {t.name: t.verdict for t in found.tests}["shown"] == "signs"
    assert found.misleads_rate == "yes"
    assert "published" in found.statement


@pytest.mark.parametrize("chance", [0.3, 0.7])
def test_flags_at_random_are_no_sign(chance: float) -> None:
    """Tasking that knows nothing of ships is innocent, however often it happens."""
    told = 0
    for seed in range(25):
        rng = np.random.default_rng([seed, 3])
        rows = stays(rng)
        at = np.sort(rng.uniform(0, YEAR, 150))
        flags = [bool(v) for v in rng.random(150) < chance]
        found = sampling_bias(at, taken(rows, at), tasked=flags)
        told += {t.name: t.verdict for t in found.tests}["tasked"] == "signs"
    assert told <= 2


def test_few_looks_cannot_tell_and_say_so() -> None:
    """Silence of a test that could not speak must not be read as innocence."""
    found = sampling_bias([1.0, 4.0, 9.0], [True, False, None])
    assert found.verdict == "cannot-tell"
    assert found.misleads_rate == "unknown"
    assert "No acquisition list was given" in found.statement


def test_a_part_of_the_acquisition_list_is_said() -> None:
    """Which looks were left out nobody knows; that some were is known."""
    found = sampling_bias([1.0, 4.0, 9.0], [True, False, None], acquired=40)
    assert "3 of 40" in found.statement


def test_the_same_looks_give_the_same_answer() -> None:
    """A claim must be recomputable: draws take their seed from the looks."""
    rng = np.random.default_rng(8)
    rows = stays(rng)
    at = bursts(rng, rows)
    states = taken(rows, at)
    assert sampling_bias(at, states) == sampling_bias(at, states)


def test_looks_out_of_order_are_refused() -> None:
    """The time to the next look would be nonsense."""
    with pytest.raises(ActivityInputError):
        sampling_bias([2.0, 1.0], [True, False])
