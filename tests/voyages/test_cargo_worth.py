"""Prices and values: nothing made up, nothing stale, and both readings of a published total."""

from dataclasses import replace
from datetime import date
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import CargoInputError, PricesFileError
from quaywatch.voyages.cargo import Carriage, load_draws
from quaywatch.voyages.cargo_total import total_of
from quaywatch.voyages.figures import Figure, deadweight, stated
from quaywatch.voyages.prices import DOCUMENTED, Price, Priced, parse_prices, price_draws, price_for
from quaywatch.voyages.worth import Published, check_product, readings_of, worth_of

HUNDRED: Final = Priced(DOCUMENTED[0], None)
SPREAD: Final = Price("s", "coal", 80, 95, 120, date(2025, 1, 1), date(2025, 3, 31), "a broker")
OSC: Final = Published(
    total=stated(330_000, "an article", sense="about"),
    ships=6,
    voyages=18,
    priced=HUNDRED,
    value=stated(33e6, "an article", sense="over"),
    known={"YI LI 1": deadweight(13_000, "an article", sense="over")},
)


def test_the_panels_year_gives_its_370_million() -> None:
    """Golden: METHODS section 9; 3.7 million tonnes at $100 are $370 million."""
    tonnes, value = Figure(3.7e6, 3.7e6, "a panel"), Figure(370e6, 370e6, "a panel")
    check = check_product(tonnes, DOCUMENTED[0], value)
    assert check.product == 370e6
    assert check.follows
    wrong = check_product(tonnes, DOCUMENTED[0], Figure(37e6, 37e6, "a panel"))
    assert not wrong.follows
    assert "does not follow" in wrong.message


def test_both_readings_of_the_published_total() -> None:
    """Golden: METHODS section 0; 330,000 t at $100 are $33.0M, and thrice that over ships."""
    both = readings_of(OSC)
    one, other = both.over_voyages, both.over_ships
    assert (one.over_voyages_t, one.face_value) == (330_000, 33e6)
    assert (other.over_voyages_t, other.face_value) == (990_000, 99e6)
    assert (one.over_ships_t, other.over_ships_t) == (110_000, 330_000)
    assert (one.voyages_valued, other.voyages_valued) == (18, 6)
    assert one.implies[0] == "a mean deadweight of 18,300 t a voyage"
    assert other.implies[1] == "beside YI LI 1, a mean of 63,400 t for the other 5 ships"
    assert "486,000 t if each ship sailed once" in other.implies[2]
    assert both.product is not None
    assert both.product.message.endswith("the printed figures give no more than that.")
    assert one.tonnes.high95 < 330_000 * 0.97


def test_deadweights_that_are_known_exclude_a_reading_that_they_leave_no_room() -> None:
    """Six ships whose registers sum to 110,000 t do not have 330,000 t between them."""
    names = [f"ship {k}" for k in range(6)]
    fleet = dict.fromkeys(names, deadweight(18_300, "a register"))
    both = readings_of(replace(OSC, known=fleet))
    assert both.over_voyages.contradiction is None
    assert both.over_ships.contradiction is not None
    assert "sum to 110,000 t" in both.over_ships.contradiction
    assert "the second does not fit" in both.message
    large = dict.fromkeys(names, deadweight(55_000, "a register"))
    other = readings_of(replace(OSC, known=large))
    assert other.over_ships.contradiction is None
    assert other.over_voyages.contradiction is not None
    one = readings_of(replace(OSC, known={"ONE": deadweight(400_000, "a register")}))
    assert one.over_ships.contradiction is not None
    assert not any("-" in text for text in one.over_ships.implies)


@settings(max_examples=30)
@given(
    total=st.integers(1_000, 10_000_000), ships=st.integers(1, 30), more=st.integers(0, 60),
    known=st.lists(st.integers(500, 400_000), max_size=5),
)  # fmt: skip
def test_readings_never_imply_less_than_nothing(
    total: int, ships: int, more: int, known: list[int]
) -> None:
    """A ship of minus 2,000 tonnes would be printed as ours."""
    weights = {f"s{k}": deadweight(t, "x") for k, t in enumerate(known[:ships])}
    said = Published(stated(total, "x", sense="about"), ships, ships + more, HUNDRED, None, weights)
    both = readings_of(said)
    one, other = both.over_voyages, both.over_ships
    assert other.face_value == pytest.approx(one.face_value * (ships + more) / ships)
    for reading in (one, other):
        assert reading.tonnes.low95 >= 0
        assert not any(" -" in text for text in reading.implies)


def test_a_reading_says_what_its_interval_takes_for_granted() -> None:
    """The interval of the second reading holds only if the ships sailed equally often."""
    said = readings_of(OSC).to_json()
    assert len(said["readings"][1]["assumes"]) == 2
    assert any("5 of the 6 ships" in text for text in said["left_open"])
    assert "only the source can say" in said["message"]


def test_a_total_without_value_or_known_ships_still_has_both_readings() -> None:
    """Most articles print less than this one."""
    both = readings_of(replace(OSC, value=None, known=None))
    assert both.product is None
    assert both.over_ships.voyages_valued is None
    with pytest.raises(CargoInputError):
        replace(OSC, ships=19)
    with pytest.raises(CargoInputError):
        replace(OSC, priced=Priced(None, "none"))


@settings(max_examples=30)
@given(tonnes=st.floats(1e3, 1e6), share=st.floats(0.1, 1.0))
def test_a_value_is_tonnes_times_price_and_no_more(tonnes: float, share: float) -> None:
    """Each end of the interval is a product that somebody could check by hand."""
    loads = load_draws(Carriage("v", "imo:9074729", Figure(tonnes, tonnes, "x"), share))
    assert loads is not None
    worth = worth_of(loads, Priced(SPREAD, None))
    assert worth.value is not None
    assert 0 <= worth.value.low95 <= worth.value.high95 <= 0.97 * tonnes * 120 + 1
    at_hundred = worth_of(loads, HUNDRED)
    assert at_hundred.value is not None
    assert at_hundred.value.mean == pytest.approx(100 * loads.tonnes.mean())


def test_one_price_is_one_error_through_the_whole_sum() -> None:
    """A price that is too high is too high for every voyage at once."""
    ships = [Carriage(f"v{k}", f"n{k}", deadweight(13_000, "x"), 1.0) for k in range(18)]
    worth = worth_of(total_of(ships).loads, Priced(SPREAD, None))
    assert worth.drivers[0].name == "price"
    assert worth.drivers[0].variance_share > 0.8


def test_a_missing_or_old_price_is_no_value() -> None:
    """A missing price must never come out as nought dollars, or as last year's."""
    assert price_for((), "coal", date(2025, 2, 1)).reason == (
        "No price of coal is known: no value stated."
    )
    old = price_for((SPREAD,), "coal", date(2026, 3, 1))
    assert old.price is None
    assert old.reason is not None
    assert "more than 183 days off" in old.reason
    assert price_for((SPREAD,), "coal", None).price is None
    near = price_for((SPREAD,), "coal", date(2025, 4, 10))
    assert near.price == SPREAD
    assert any("10 days from the voyage" in c for c in near.caveats)
    assert worth_of(None, near).reason == "No tonnes are stated, so no value is."


def test_the_documented_point_is_used_where_its_source_uses_it_and_says_so() -> None:
    """A price of 2020 on a voyage of 2025 is the article's choice, not ours."""
    found = price_for(DOCUMENTED, "coal", date(2025, 2, 9))
    assert found.price is DOCUMENTED[0]
    assert "applies a price of 2020 to 2025" in " ".join(found.caveats)
    assert price_for(DOCUMENTED, "coal", date(2026, 2, 9)).price is None


def test_several_prices_are_not_chosen_between() -> None:
    """Whichever were taken, the other would be left out without a word."""
    other = replace(SPREAD, id="t", mode=110)
    found = price_for((SPREAD, other), "coal", date(2025, 2, 1))
    assert found.price is None
    assert found.reason is not None
    assert "s, t" in found.reason
    assert price_for((SPREAD, other), "coal", date(2025, 2, 1), only="t").price == other


def test_prices_of_a_file_come_back_as_written() -> None:
    """The user's own table is the only source of prices; a field lost here is lost for good."""
    text = b"""
[[price]]
id = "fob-rizhao"
commodity = "Anthracite"
quality = "6,500 kcal/kg"
place = "Rizhao"
incoterm = "FOB"
low = 95
mode = 105
high = 130
from = 2025-01-01
to = 2025-03-31
source = "a broker's weekly"
"""
    (price,) = parse_prices(text, name="prices.toml")
    assert (price.commodity, price.incoterm, price.point) == ("anthracite", "FOB", False)
    assert Price.from_json(price.to_json()) == price
    drawn = price_draws(price)
    assert 95 <= drawn.min() < drawn.max() <= 130
    assert drawn.mean() == pytest.approx((95 + 105 + 130) / 3, rel=1e-3)


HEAD: Final = b"commodity,low,mode,high,from,to,source\n"
COAL: Final = b"coal,1,2,3,2025-01-01,2025-02-01,X\n"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (b"", "holds no price"),
        (HEAD.replace(b",source", b"") + b"coal,1,2,3,2025-01-01,2025-02-01", "no source"),
        (HEAD + COAL.replace(b"1,2,3", b"3,2,1"), "low <="),
        (HEAD + b"coal,1,2,3,2025-02-01,2025-01-01,X", "from no later"),
        (HEAD + COAL.replace(b"3,", b"nan,", 1), "low <="),
        (HEAD + COAL.replace(b"3,", b"x,", 1), "could not"),
        (b"p," + HEAD + b"1," + COAL, "unknown field p"),
        (b"\xff\xfe", "cannot be read"),
        (b"id," + HEAD + b"a," + COAL + b"a," + COAL, "twice"),
    ],
    ids=["empty", "source", "order", "dates", "nan", "word", "strange", "bytes", "twice"],
)
def test_a_price_that_cannot_be_meant_is_refused(text: bytes, fact: str) -> None:
    """A column read as another one would put a wrong value on every voyage."""
    with pytest.raises(PricesFileError, match=fact):
        parse_prices(text, name="prices.csv")
    with pytest.raises(PricesFileError):
        parse_prices(b"price = [1]", name="prices.toml")
