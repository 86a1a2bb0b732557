"""Tonnes of voyages: what is unknown stays unknown, and a ship's one error stays hers in a sum."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import CargoInputError
from quaywatch.voyages.cargo import (
    LOAD,
    NO_DEADWEIGHT,
    NO_HULL,
    NO_LADEN,
    Carriage,
    cargo_of,
    load_draws,
)
from quaywatch.voyages.cargo_total import total_of
from quaywatch.voyages.draught import Change, Hull
from quaywatch.voyages.draws import DRAWS, Spread, between, sharing, triangular, uniforms
from quaywatch.voyages.figures import (
    Figure,
    deadweight,
    is_printed,
    last_digit,
    read_figure,
    reference_class,
    stated,
)

SHIP: Final = Carriage("v", "imo:9074729", deadweight(13_000, "a register"), p_laden=1.0)
tonnages = st.floats(min_value=500, max_value=400_000)
chances = st.floats(min_value=0, max_value=1)


@settings(max_examples=40)
@given(tonnes=tonnages, chance=chances, took_place=chances)
def test_a_cargo_lies_between_nothing_and_the_deadweight(
    tonnes: float, chance: float, took_place: float
) -> None:
    """A tonne more than the ship can carry is a tonne that an article would print."""
    exact = Figure(tonnes, tonnes, "a register")
    cargo = cargo_of(Carriage("v", "imo:9074729", exact, chance, took_place))
    assert cargo.tonnes is not None
    assert cargo.if_laden is not None
    ends = cargo.tonnes
    assert 0 <= ends.low95 <= ends.low80 <= ends.median <= ends.high80 <= ends.high95
    assert ends.high95 <= tonnes * LOAD[1] + 1e-6
    assert tonnes * LOAD[0] - 1e-6 <= cargo.if_laden.low95
    assert abs(ends.mean - chance * took_place * cargo.if_laden.mean) < 0.01 * tonnes


def test_the_same_carriage_gives_the_same_bits_whatever_else_is_computed() -> None:
    """A figure that depends on its neighbours cannot be recomputed from its own record."""
    alone = cargo_of(SHIP).to_json()
    total_of([replace(SHIP, name="x"), SHIP])
    assert cargo_of(SHIP).to_json() == alone


@pytest.mark.parametrize(
    ("carriage", "reason"),
    [
        (replace(SHIP, deadweight=None), NO_DEADWEIGHT),
        (replace(SHIP, deadweight=None, ship=None), NO_HULL),
        (replace(SHIP, p_laden=None), NO_LADEN),
    ],
    ids=["no-deadweight", "no-hull", "no-laden"],
)
def test_what_is_not_known_is_said_and_not_guessed(carriage: Carriage, reason: str) -> None:
    """A tonnage for a ship of unknown size would be made up."""
    cargo = cargo_of(carriage)
    assert cargo.tonnes is None
    assert cargo.reason == reason
    assert (cargo.if_laden is None) == (carriage.deadweight is None)


def test_dimensions_never_stand_in_for_a_deadweight() -> None:
    """Length and beam fit ships of very different deadweight: without one there are no tonnes."""
    change = Change(5.2, 8.4, Hull(145.0, 20.8, "bulk"))
    cargo = cargo_of(replace(SHIP, deadweight=None, draught=change))
    assert cargo.tonnes is None
    assert cargo.weighed is None


def test_a_size_class_is_used_only_by_name_and_says_so() -> None:
    """A class in place of a ship is a choice, and the reader must see who made it."""
    handy = reference_class(10_000, 40_000, name="handysize", source="a fleet register, 2024")
    cargo = cargo_of(replace(SHIP, deadweight=handy))
    assert cargo.tonnes is not None
    assert cargo.tonnes.high95 > 2.5 * cargo.tonnes.low95
    assert "handysize (a fleet register, 2024)" in cargo.notes[0]
    with pytest.raises(CargoInputError):
        reference_class(10_000, 40_000, name="handysize", source=" ")


def test_the_error_of_a_ship_stays_in_the_sum_of_her_voyages() -> None:
    """Eighteen voyages of one ship do not average her deadweight's error away."""
    wide = Figure(10_000, 20_000, "two registers that differ")
    one_ship = [Carriage(f"v{k}", "imo:9074729", wide, 1.0) for k in range(12)]
    ships = [Carriage(f"v{k}", f"name:{k}", wide, 1.0) for k in range(12)]
    same, apart = total_of(one_ship), total_of(ships)
    assert same.tonnes is not None
    assert apart.tonnes is not None
    width = [t.high95 - t.low95 for t in (same.tonnes, apart.tonnes)]
    assert width[0] > 2 * width[1]
    assert same.drivers[0].name == "deadweight"


def test_both_sums_of_deadweight_are_named() -> None:
    """A "combined deadweight" means either; a reader who sees one takes it for the other."""
    total = total_of([
        replace(SHIP, name="a"),
        replace(SHIP, name="b"),
        Carriage("c", "imo:9125786", deadweight(20_000, "a register"), 1.0),
    ])  # fmt: skip
    assert (total.dwt_over_voyages_t, total.dwt_over_ships_t) == (46_000, 33_000)
    assert "summed over voyages 46,000 t, summed over ships 33,000 t" in total.message()
    assert (total.voyages, total.ships) == (3, 2)


def test_voyages_without_tonnes_are_counted_beside_the_sum() -> None:
    """A sum that silently drops voyages understates, and nobody would know."""
    total = total_of([SHIP, replace(SHIP, name="w", deadweight=None)])
    assert (total.stated, total.voyages) == (1, 2)
    assert total.unstated == {NO_DEADWEIGHT: 1}
    assert "1 more voyage without tonnes" in total.message()
    unknown = total_of([replace(SHIP, p_laden=None)])
    assert unknown.tonnes is None
    assert "Deadweight of 1 voyage summed over voyages 13,000 t" in unknown.message()
    nothing = total_of([])
    assert nothing.tonnes is None
    with pytest.raises(CargoInputError):
        total_of([SHIP, SHIP])


def test_a_deadweight_without_end_keeps_the_drivers_at_one() -> None:
    """Shares that add to more than the whole would not be shares."""
    loads = load_draws(replace(SHIP, p_laden=0.7))
    assert loads is not None
    shares = [d.variance_share for d in loads.drivers]
    assert 0.9 < sum(shares) < 1.02
    assert loads.drivers[0].name == "laden or not"


def test_a_draught_that_excludes_a_full_load_widens_and_says_so() -> None:
    """A part load read as a full one is the overstatement that this can catch."""
    part = Change(5.8, 6.6, Hull(145.0, 20.8, "bulk"))
    full = Change(4.4, 8.3, Hull(145.0, 20.8, "bulk"))
    narrow, wide = (cargo_of(replace(SHIP, draught=d)) for d in (full, part))
    assert narrow.tonnes is not None
    assert wide.tonnes is not None
    assert "agrees" in narrow.notes[0]
    assert "a full load excludes" in wide.notes[0]
    assert narrow.tonnes.low95 > 10_000
    assert wide.tonnes.low95 < 7_000
    assert wide.tonnes.high95 > 11_000


def test_a_draught_that_weighs_more_than_she_carries_adds_nothing() -> None:
    """A slip of the keyboard must not make a cargo larger than her deadweight allows."""
    deep = replace(SHIP, draught=Change(3.0, 12.5, Hull(145.0, 20.8, "bulk")))
    cargo = cargo_of(deep)
    assert cargo.tonnes == cargo_of(SHIP).tonnes
    assert cargo.notes[0].endswith("more than she can carry: ignored.")


def test_a_carriage_survives_being_written_down() -> None:
    """A claim is recomputed from what it keeps."""
    carriage = replace(SHIP, draught=Change(5.8, 6.6, Hull(145.0, 20.8, "bulk")))
    assert Carriage.from_json(carriage.to_json()) == carriage


@given(values=st.tuples(*[st.floats(0, 1e6)] * 3).map(sorted))
def test_points_that_are_given_are_met(values: list[float]) -> None:
    """An interval that does not hold its own ends is another interval."""
    low, mid, high = values
    drawn = between(uniforms("x"), low, mid, high)
    found = np.quantile(drawn, (0.05, 0.5, 0.95))
    assert np.allclose(found, (low, mid, high), atol=2e-3 * (high - low) + 1e-9)
    assert drawn.min() >= 0


def test_probabilities_that_share_a_cause_stay_probabilities() -> None:
    """A chance of 0.3 must come up in 0.3 of the draws, shared or not."""
    for correlation in (0.0, 0.5, 1.0):
        shared = sharing("a", "cause", correlation)
        assert sorted(shared) == sorted(uniforms("b"))
        assert (shared < 0.3).sum() == round(0.3 * DRAWS)


def test_the_bits_of_the_draws_are_fixed() -> None:
    """Golden: Philox keyed by SHA-256; a release that differed would break old claims."""
    assert uniforms("golden", draws=8).tolist() == GOLDEN
    flat = triangular(uniforms("p"), 5.0, 5.0, 5.0)
    assert set(flat.tolist()) == {5.0}
    assert Spread.of(flat, "USD").said() == "$5 ($5 to $5, 80%)"


GOLDEN: Final = [0.9375, 0.5625, 0.0625, 0.1875, 0.8125, 0.3125, 0.6875, 0.4375]


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "what"),
    [
        ("about 330000 t", 325_000, 335_000, "t", None),
        ("over 33,000,000 USD", 33e6, 34e6, "USD", None),
        ("100 USD/t coal", 100, 100, "USD/t", "coal"),
        ("at least 18 voyages", 18, 19, "voyages", None),
    ],
    ids=["about", "over", "price", "at-least"],
)
def test_a_figure_is_no_sharper_than_its_words(
    text: str, low: float, high: float, unit: str, what: str | None
) -> None:
    """What an editor is asked about is "about" and "over"."""
    read = read_figure(text, "an article")
    assert read is not None
    assert (read.figure.low, read.figure.high, read.unit, read.what) == (low, high, unit, what)


@pytest.mark.parametrize(
    "text", ["", "heavily laden", "t 5", "0 t", "-5 t", None],
    ids=["empty", "words", "turned", "nothing", "negative", "none"],
)  # fmt: skip
def test_what_is_no_figure_is_none(text: str | None) -> None:
    """A figure read out of prose that states none would be ours."""
    assert read_figure(text, "an article") is None


@pytest.mark.parametrize(
    ("value", "lines", "printed"),
    [
        (330_000, "approximately 330,000 metric tonnes", True),
        (33e6, "over $33 million in value", True),
        (3.7e6, "over 3.7 million metric tonnes", True),
        (6, "these six vessels", True),
        (33, "over $33.5", False),
        (18, "1,818 and 180", False),
        (13_000, "113,000", False),
    ],
    ids=["commas", "million", "decimal", "word", "part-decimal", "inside", "tail"],
)
def test_a_figure_is_found_in_its_lines_or_not(value: float, lines: str, *, printed: bool) -> None:
    """A figure that its lines do not print is the analyst's, and must not pass for the source's."""
    assert is_printed(value, lines) is printed


@given(value=st.integers(1, 10**9))
def test_the_last_digit_divides_its_figure(value: int) -> None:
    """Rounding finer than the figure was rounded would be precision that nobody stated."""
    step = last_digit(value)
    assert value % step == 0
    assert value % (10 * step) != 0
    assert stated(value, "x", sense="about").mid == value


@pytest.mark.parametrize("chance", [-0.1, 1.1])
def test_a_probability_that_is_none_is_refused(chance: float) -> None:
    """It would scale the tonnes."""
    with pytest.raises(CargoInputError):
        replace(SHIP, p_laden=chance)
