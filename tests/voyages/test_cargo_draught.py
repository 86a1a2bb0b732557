"""The draught field: what it weighs, when it is ignored, and how often it is touched at all."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import CargoInputError
from quaywatch.voyages.draught import (
    BLOCK,
    Change,
    Hull,
    laden_odds,
    read_field,
    tpc_t_per_cm,
    weight_draws,
    weight_of,
)

HULL = Hull(145.0, 20.8, "bulk")


def test_a_handy_bulker_sinks_a_centimetre_by_27_tonnes() -> None:
    """Golden: METHODS section 9, computed there for a hull of 145 by 20.8 m."""
    assert round(tpc_t_per_cm(145.0, 20.8, 0.82)) == 27


@settings(max_examples=40)
@given(
    before=st.integers(30, 120), deeper=st.integers(1, 60), length=st.integers(60, 300),
    kind=st.sampled_from(sorted(BLOCK)),
)  # fmt: skip
def test_the_weight_grows_with_the_change_and_holds_its_mean(
    before: int, deeper: int, length: int, kind: str
) -> None:
    """A weight that left its own interval, or shrank as the ship sank, would be nonsense."""
    hull = Hull(float(length), length / 6.5, kind)
    change = Change(before / 10, (before + deeper) / 10, hull)
    weight = weight_of(change)
    plane = tpc_t_per_cm(hull.length_m, hull.beam_m, BLOCK[kind][1]) * 100
    assert weight.low95 < 0.965 * plane * change.metres < weight.high95
    more = weight_of(Change(before / 10, (before + deeper + 5) / 10, hull))
    assert more.median > weight.median
    back = weight_of(Change(change.after_m, change.before_m, hull))
    assert back.median < 0


def test_rounding_to_a_tenth_is_inside_the_interval() -> None:
    """Both figures are typed to a tenth: a change of 0.1 m may be anything up to 0.2."""
    drawn = weight_draws(Change(8.0, 8.1, HULL), "v")
    per_metre = tpc_t_per_cm(145.0, 20.8, 0.83) * 100
    assert drawn.min() < 0.02 * per_metre
    assert drawn.max() > 0.18 * per_metre


def test_a_stale_field_is_ignored_in_these_words() -> None:
    """A field that stood for 214 days says nothing of this call (METHODS section 9)."""
    event = {"verdict": "not-judged", "detail": {"unchanged_d": 214.0}, "reason": "?"}
    assert read_field(event).reason == "Draught field has not changed for 214 days: ignored."
    assert laden_odds(8.0, own_m=(5.0, 8.2), unchanged_d=214.0).log_ratio is None


def test_an_unchanged_field_over_a_loading_is_a_flag_only() -> None:
    """Crews forget the field: that it stands proves no empty hold."""
    reading = read_field({"verdict": "unchanged", "unchanged_d": 2.0}, loading=True)
    assert reading.use == "flag"
    assert "no evidence against a loading" in reading.reason
    deeper = read_field({"verdict": "deeper", "statistic": 2.1})
    assert (deeper.use, deeper.reason) == (
        "change",
        "Draught field is 2.1 m deeper after the call.",
    )
    assert read_field({"verdict": "not-judged", "reason": "None."}).use == "ignored"


@given(
    draught=st.floats(2.0, 20.0), least=st.floats(2.0, 10.0), most=st.floats(5.0, 20.0),
    design=st.one_of(st.none(), st.floats(4.0, 20.0)),
)  # fmt: skip
def test_a_draught_never_weighs_more_than_a_factor_of_five(
    draught: float, least: float, most: float, design: float | None
) -> None:
    """What someone set by hand may not decide whether a ship was laden."""
    odds = laden_odds(draught, own_m=(least, most), design_m=design)
    if odds.log_ratio is None:
        assert odds.probability() is None
        assert odds.reason
    else:
        assert 1 / 6 - 1e-9 <= (odds.probability() or 0.0) <= 5 / 6 + 1e-9


def test_deep_is_laden_and_shallow_is_not() -> None:
    """The sign must be right before its size matters."""
    deep, shallow = (laden_odds(d, design_m=9.5).probability() for d in (9.4, 5.4))
    assert deep is not None
    assert shallow is not None
    assert deep > 0.8
    assert shallow < 0.2


def test_a_draught_beyond_the_full_one_is_ignored() -> None:
    """41 m is a slip of the keyboard, not a heavy cargo."""
    odds = laden_odds(15.0, design_m=9.5)
    assert odds.log_ratio is None
    assert "more than a full draught" in odds.reason
    assert laden_odds(None).reason == "No draught is known."


@pytest.mark.parametrize(
    ("length", "beam", "kind"),
    [
        (20.0, 145.0, "bulk"),
        (145.0, 0.0, "bulk"),
        (145.0, 20.8, "submarine"),
        (900.0, 60.0, "bulk"),
    ],
    ids=["turned", "no-beam", "kind", "too-long"],
)
def test_what_is_no_ship_is_refused(length: float, beam: float, kind: str) -> None:
    """AIS has ships of 0 by 0 and of 1,022 m."""
    with pytest.raises(CargoInputError):
        Hull(length, beam, kind)
    with pytest.raises(CargoInputError):
        Change(0.0, 8.0, HULL)


@pytest.mark.realdata
def test_draughts_hardly_change_within_a_recorded_day(shared_data: Path) -> None:
    """How far the field may be trusted rests on how often anyone touches it."""
    path = shared_data / "ais" / "noaa_2022" / "AIS_2022_01_03_first99999.csv.gz"
    if not path.is_file():
        pytest.skip("noaa_2022 is not in ../shared/data")
    told = pl.read_csv(path, columns=["MMSI", "Draft"]).filter(pl.col("Draft") > 0)
    ships = told.group_by("MMSI").agg(kinds=pl.col("Draft").n_unique())
    assert ships.height > 3000
    assert float(np.mean(ships["kinds"].to_numpy() > 1)) < 0.01
