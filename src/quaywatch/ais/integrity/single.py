"""The tests of a single track: which column, which way is suspicious, from how many fixes."""

from dataclasses import dataclass
from typing import Final

import polars as pl


@dataclass(frozen=True, slots=True)
class Test:
    """One test of the battery."""

    name: str
    score: pl.Expr
    """Of the features; larger is more suspicious."""
    statistic: str
    """Column that is printed."""
    unit: str
    count: str
    """Column with the number of items it rests on."""
    fewest: int
    """Items below which it is not run."""
    family: str
    """Tests of a family share their causes: the worst of them speaks for all."""
    worth: pl.Expr
    """What must hold, beside being unusual, before it is a tell: a size that matters."""
    banded: bool
    """Whether the reference is of the same spacing and speed, or all ships."""
    saying: str
    """What is unusual about the track, for the message."""
    innocent: str
    """The best innocent explanation."""
    timed: bool = False
    """Whether it needs times that are true to a second or two."""

    @property
    def method(self) -> str:
        """Name and version."""
        return f"{self.name}@1"


def _log(column: str, floor: float) -> pl.Expr:
    return (pl.col(column) + floor).log()


TESTS: Final[tuple[Test, ...]] = (
    Test(
        "implied-speed", pl.col("implied_kn"), "implied_kn", "kn", "n", 2, "place",
        pl.col("implied_n") >= 1, banded=False,
        saying="needs speeds that no ship of its kind has",
        innocent="late messages, a clock that was wrong, or two ships under one number",
    ),
    Test(
        "step-aside", pl.col("aside_m"), "aside_m", "m", "n_change", 5, "place",
        pl.col("aside_m") >= 1000.0, banded=False,
        saying="moves aside of its course at once",
        innocent="two ships under one number, or a fault of the receiver for satellite navigation",
    ),
    Test(
        "jump", pl.col("jump_score"), "jump_kn", "kn", "n", 3, "place",
        pl.col("jump_kn") > 0.0, banded=False,
        saying="goes on from a place that it could not have reached",
        innocent="two ships under one number, or interference with satellite navigation",
    ),
    Test(
        "land", pl.col("inland").log1p(), "inland_km", "km", "asked_land", 1, "land",
        # In less than an hour one odd place is all that a ship has shown.
        (pl.col("inland") >= 3) & (pl.col("hours") >= 1.0), banded=False,
        saying="lies inside land where no other ship goes",
        innocent="a river or dock that the land mask does not know, or a fault of the receiver",
    ),
    Test(
        "receiver", pl.col("beyond_km"), "beyond_km", "km", "n", 1, "receiver",
        pl.col("beyond_km") > 0.0, banded=False,
        saying="was heard by a station that does not hear so far",
        innocent="unusual propagation, a station that was moved, or a name used by several",
    ),
    Test(
        "sog-displacement", _log("speed_off_kn", 0.05), "speed_off_kn", "kn", "n_speed", 10,
        "consistency", pl.col("speed_off_kn") > 0.5, banded=True,
        saying="makes another speed than it reports",
        innocent="late messages, a clock that was wrong, or a speed sensor out of order",
    ),
    Test(
        "cog-bearing", _log("course_off_deg", 0.5), "course_off_deg", "deg", "n_course", 10,
        "consistency", pl.col("course_off_deg") > 15.0, banded=True,
        saying="goes another way than it reports",
        innocent="manoeuvres between reports, or a compass heading sent as course",
    ),
    Test(
        "sog-exact", -_log("speed_off_kn", 0.005), "speed_off_kn", "kn", "n_speed", 20,
        "smooth", pl.col("speed_off_kn") < 0.05, timed=True, banded=True,
        saying="keeps to its reported speed more exactly than ships do",
        innocent="a calm day, a good receiver with exact clocks",
    ),
    Test(
        "cog-exact", -_log("course_off_deg", 0.01), "course_off_deg", "deg", "n_course", 20,
        "smooth", pl.col("course_off_deg") < 0.1, banded=True,
        saying="keeps to its reported course more exactly than ships do",
        innocent="a calm day and a good receiver",
    ),
    Test(
        "smoothness", -_log("across_m", 0.05), "across_m", "m", "n_second", 12,
        "smooth", pl.col("across_m") < 1.0, banded=True,
        saying="is unusually smooth",
        innocent="a large ship on autopilot in calm water",
    ),
    Test(
        "smoothness-along", -_log("along_m", 0.5), "along_m", "m", "n_second", 12,
        "smooth", pl.col("along_m") < 2.0, timed=True, banded=True,
        saying="advances unusually evenly",
        innocent="a steady engine, and a receiver with exact clocks",
    ),
    Test(
        "speed-constant", -_log("sog_change_kn", 0.01), "sog_change_kn", "kn", "n_change", 10,
        "fields", pl.col("sog_change_kn") < 0.02, banded=True,
        saying="reports an unusually constant speed",
        innocent="a steady engine in calm water",
    ),
    Test(
        "course-constant", -_log("cog_change_deg", 0.1), "cog_change_deg", "deg", "n_change", 10,
        "fields", pl.col("cog_change_deg") < 0.1, banded=True,
        saying="reports an unusually constant course",
        innocent="a large ship on autopilot in calm water",
    ),
    Test(
        "heading-is-course", pl.col("heading_is_cog"), "heading_is_cog", "share", "n_heading", 20,
        "fields", pl.col("heading_is_cog") > 0.95, banded=False,
        saying="sends its course as its heading",
        innocent="a transponder without a compass, which sends the course twice",
    ),
    Test(
        "rot-zero", pl.col("rot_zero"), "rot_zero", "share", "n_rot", 10,
        "fields", pl.col("rot_zero") > 0.99, banded=False,
        saying="turns while its rate of turn stays zero",
        innocent="a transponder whose rate-of-turn indicator is not connected",
    ),
    Test(
        "even-interval", pl.col("even_interval"), "even_interval", "share", "n_interval", 20,
        "rhythm", pl.col("even_interval") > 0.9, timed=True, banded=True,
        saying="is heard at unusually even intervals",
        innocent="a provider that thins its feed to a fixed rhythm",
    ),
    Test(
        "same-second", pl.col("same_second"), "same_second", "share", "n", 30,
        "rhythm", pl.col("same_second") > 0.9, timed=True, banded=True,
        saying="is heard at the same second of the minute",
        innocent="a provider that rounds its times",
    ),
    Test(
        "sparse-then-regular", pl.col("livelier").log(), "livelier", "times", "asked_livelier", 1,
        "rhythm", pl.col("livelier") > 5.0, banded=False,
        saying="is heard sparsely, then often and evenly",
        innocent="a ship that came into the range of a station",
    ),
    Test(
        "circle", pl.col("circle_score"), "circle_off", "share", "n", 12, "circle",
        pl.col("circle_score") > 0.0, banded=False,
        saying="draws circles",
        innocent="interference with satellite navigation, or a ship that circles at work",
    ),
    Test(
        "replay", pl.col("copied").log1p(), "copied", "anchors", "asked_replay", 1, "replay",
        pl.col("copied") >= 2, banded=False,
        saying="repeats another track within metres",
        innocent="one ship under two numbers, a tow, or the same data under another number",
    ),
)  # fmt: skip
"""In the order in which they are reported."""

BY_NAME: Final = {test.name: test for test in TESTS}
