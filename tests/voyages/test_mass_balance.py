"""The stock mass balance: no negative mass, no covered bins, no guess at where a remainder went."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import CargoInputError
from quaywatch.voyages.cargo import Carriage
from quaywatch.voyages.figures import deadweight
from quaywatch.voyages.mass_balance import Amount, Ledger, StockChange, Unseen, balance_of

NONE: Final = Amount(0.0, 0.0, 0.0)
DROP: Final = StockChange("north", "a", "b", Amount(18e3, 20e3, 22e3), NONE, ship_seen=False)
SHIP: Final = Carriage("v", "imo:9074729", deadweight(13_000, "x"), 1.0)
amounts = st.lists(st.floats(0, 1e6), min_size=3, max_size=3).map(lambda v: Amount(*sorted(v)))


@settings(max_examples=40)
@given(
    before=amounts, after=amounts, chance=st.floats(0, 1), arrivals=st.one_of(st.none(), amounts)
)
def test_no_mass_is_ever_negative(
    before: Amount, after: Amount, chance: float, arrivals: Amount | None
) -> None:
    """Less than nothing cannot leave a yard, whatever the looks measured."""
    ledger = Ledger(
        [StockChange("y", "a", "b", before, after)],
        seen=[replace(SHIP, p_laden=chance)],
        arrivals=arrivals,
    )
    balance = balance_of(ledger)
    for spread in (balance.left, balance.seen, balance.remainder, balance.surplus):
        assert spread is not None
        assert spread.low95 >= 0
    assert balance.left is not None
    assert balance.remainder is not None
    assert balance.remainder.mean <= balance.left.mean + 1e-6
    for candidate in balance.candidates:
        assert candidate.up_to is None or candidate.up_to.low95 >= 0


def test_covered_bins_refuse_the_balance() -> None:
    """Their stock is empty, part or full: tonnes out of that would be invented."""
    balance = balance_of(Ledger([DROP, StockChange("bins", "a", "b", None, None, "bins")]))
    assert balance.left is None
    assert balance.reason is not None
    assert "empty, part or full" in balance.reason
    lacking = balance_of(Ledger([replace(DROP, after=None, reason="snow lay on it")]))
    assert lacking.reason == "Yard north (a to b): snow lay on it; no tonnes are balanced."
    assert balance_of(Ledger([])).reason == "No change of stock is known: nothing to balance."


def test_a_drop_without_a_ship_lists_what_may_hold_it_and_chooses_none() -> None:
    """Rail, rehandling, loading by night and error look alike from above (METHODS section 6)."""
    balance = balance_of(Ledger([DROP], rail=True))
    assert [c.name for c in balance.candidates] == [
        "unseen-loading", "rail-or-road", "moved-within-port", "measurement",
    ]  # fmt: skip
    assert "cannot tell them apart" in balance.message
    assert balance.p_remainder == 0.99
    assert balance.left_without_ship == balance.left
    assert balance.left_with_ship is None
    no_rail = balance_of(Ledger([DROP], rail=False))
    assert "rail-or-road" not in [c.name for c in no_rail.candidates]


def test_a_ship_that_could_have_taken_it_leaves_nothing_to_explain() -> None:
    """A drop that a ship seen accounts for is no remainder."""
    drop = replace(DROP, before=Amount(9e3, 11_500, 14e3), ship_seen=True)
    balance = balance_of(Ledger([drop], seen=[SHIP]))
    assert balance.candidates == ()
    assert "accounts for it" in balance.message
    assert balance.p_remainder is not None
    assert 0.2 < balance.p_remainder < 0.8


def test_a_ship_without_tonnes_leaves_no_remainder_to_state() -> None:
    """Counted as nothing, she would turn her own cargo into coal that nobody can explain."""
    balance = balance_of(Ledger([DROP], seen=[replace(SHIP, deadweight=None)]))
    assert balance.left is not None
    assert balance.remainder is None
    assert balance.reason == "1 ship seen has no tonnes stated, so no remainder is."
    assert {c.up_to for c in balance.candidates} == {None}


def test_unseen_calls_take_their_share_of_the_remainder() -> None:
    """Looks miss calls: what those could have loaded is no mystery."""
    unseen = Unseen(calls=Amount(0.5, 1.5, 3.0), tonnes_each=Amount(9e3, 11e3, 13e3))
    without, with_them = (balance_of(Ledger([DROP], unseen=u)) for u in (None, unseen))
    assert without.remainder is not None
    assert with_them.remainder is not None
    assert with_them.remainder.median < 0.5 * without.remainder.median
    assert any("nobody saw is not known" in note for note in without.notes)


def test_more_loaded_than_left_is_a_surplus_with_its_own_causes() -> None:
    """Ships that load from wagons leave a yard full: that is no negative remainder."""
    balance = balance_of(Ledger([DROP], seen=[replace(SHIP, name=f"v{k}") for k in range(4)]))
    assert balance.remainder is not None
    assert balance.surplus is not None
    assert balance.remainder.high95 == 0
    assert balance.surplus.median > 20_000
    assert balance.candidates[0].name == "straight-from-wagons"


def test_a_level_between_two_changes_cancels() -> None:
    """What the middle look got wrong, one change gains and the next loses."""
    middle = Amount(2e3, 10e3, 18e3)
    apart = [
        replace(DROP, last="m", after=middle),
        replace(DROP, first="m", before=middle),
    ]
    arrived = Amount(0.0, 0.0, 0.0)
    whole, parts = (balance_of(Ledger(c, arrivals=arrived)).left for c in ([DROP], apart))
    assert whole is not None
    assert parts is not None
    assert parts.median == pytest.approx(whole.median, rel=1e-6)
    assert parts.high95 - parts.low95 == pytest.approx(whole.high95 - whole.low95, rel=1e-6)


def test_growth_elsewhere_may_hold_it() -> None:
    """Coal moved across the port leaves one yard and comes to another."""
    grown = StockChange("south", "a", "b", NONE, Amount(4e3, 5e3, 6e3))
    balance = balance_of(Ledger([DROP, grown]))
    moved = next(c for c in balance.candidates if c.name == "moved-within-port")
    assert moved.up_to is not None
    assert moved.up_to.median == pytest.approx(5e3, rel=0.01)
    assert balance.left is not None
    assert balance.left.median == pytest.approx(20e3, rel=0.01)


def test_what_cannot_be_meant_is_refused() -> None:
    """A change counted twice is coal counted twice."""
    with pytest.raises(CargoInputError):
        balance_of(Ledger([DROP, DROP]))
    for bad in ((-1.0, 0.0, 1.0), (2.0, 1.0, 3.0)):
        with pytest.raises(CargoInputError):
            Amount(*bad)


def test_a_ledger_survives_being_written_down() -> None:
    """A claim is recomputed from what it keeps."""
    unseen = Unseen(calls=Amount(0.5, 1.5, 3.0), tonnes_each=Amount(9e3, 11e3, 13e3))
    ledger = Ledger([DROP], [SHIP], unseen, Amount(1.0, 2.0, 3.0), (0.5, 0.6, 0.9), rail=True)
    again = Ledger.from_json(ledger.to_json())
    assert again.to_json() == ledger.to_json()
    assert balance_of(again) == balance_of(ledger)
