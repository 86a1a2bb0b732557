"""From numbers to a word about a gap, and a sentence that a reader can check.

Words: ``significant`` (reception does not explain the silence), ``unusual``, ``not-informative``
(too little was to be heard), ``unjudged`` (nobody can tell). None of them says why.
"""

from typing import Final, Protocol

import polars as pl

from quaywatch.ais.events import as_events
from quaywatch.ais.segments import LINK_REASONS

DAY_H: Final = 12.0
"""Shorter gaps heard by satellite only follow the satellites' own half-day cycle."""
SATELLITE_ONLY: Final = 0.95
KNOWN: Final = 0.9
"""Share of the time judged, below which it is said that part of it is not."""
WELCH: Final = {
    "welch_hours": 12.0, "welch_shore_nm": 50.0, "welch_per_day": 10.0, "welch_before_12h": 14.0,
}  # fmt: skip
"""Least values of Welch et al. (2022)."""

_DETAIL: Final = [
    "gap_h", "off_row", "on_row", "same_segment", "judged_share", "quality", "expected_least",
    "share_of_ways_out", "share_of_ways_afloat", "ways", "speed_max_kn", "heard_before",
    "due_before", "peers_at_start",
    "looks", "gaps_in_track", "at_rest", "p_in_track", "satellite_share", "message", *WELCH,
    "welch",
]  # fmt: skip
_UNLINKED: Final = {
    "first": "nothing was heard before",
    "overlapping": "another track under this MMSI was still heard",
    "too-fast": "no ship could have sailed from one to the other in that time",
    "rivals": "it could continue several segments",
    "taken": "another segment already continues the one before",
    "shared": "two hulls share this MMSI",
}


class Rules(Protocol):
    """What of ``GapRules`` a verdict needs."""

    @property
    def expected(self) -> float:
        """Least messages expected."""
        ...

    @property
    def significant(self) -> float:
        """Least ``log_lr``."""
        ...

    @property
    def unusual(self) -> float:
        """Least ``log_lr``."""
        ...

    @property
    def chance(self) -> float:
        """Largest chance of such a silence in the track."""
        ...

    @property
    def cap(self) -> float:
        """Greatest ``log_lr``."""
        ...

    @property
    def judged(self) -> float:
        """Least share of the time judged."""
        ...

    @property
    def heard(self) -> float:
        """Least messages heard of her before the gap."""
        ...

    @property
    def afloat(self) -> float:
        """Least share of the ways that keep to the water."""
        ...


def judged_events(
    table: pl.DataFrame, unlinked: pl.DataFrame, rules: Rules, method: str
) -> pl.DataFrame:
    """Events of the weighed gaps, and of silences that end in a segment continuing none."""
    weighed = _with_verdict(_with_numbers(table, rules), rules).with_columns(
        ways=pl.col("ways").cast(pl.Int64),
        heard_before=pl.col("heard"),
        due_before=pl.col("due"),
        judged_share=pl.col("judged"),
        expected_least=pl.col("least"),
        share_of_ways_out=pl.col("out"),
        share_of_ways_afloat=pl.col("afloat"),
        speed_max_kn=pl.col("top_used_kn"),
        peers_at_start=pl.col("peers"),
        satellite_share=pl.col("satellite"),
        statistic=pl.col("expected"),
        n=pl.col("peers"),
    )
    reasons = {k: _UNLINKED.get(name, name) for k, name in enumerate(LINK_REASONS) if name}
    apart = unlinked.with_columns(
        verdict=pl.lit("unjudged"),
        applicable=pl.lit(value=False),
        reason=pl.format(
            "OFF and ON belong to different segments, which are not joined: {}.",
            pl.col("why").replace_strict(reasons, default="not linked", return_dtype=pl.String),
        ),
        same_segment=pl.lit(value=False),
    )
    frames = [part for part in (weighed, apart) if part.height]
    whole = pl.concat(frames, how="diagonal_relaxed") if frames else weighed
    detail = [name for name in _DETAIL if name in whole.columns]
    return as_events(
        whole.with_columns(
            kind=pl.lit("gap"), method=pl.lit(method), unit=pl.lit("messages expected")
        ),
        detail=detail,
    )


def _with_numbers(table: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    looks = pl.max_horizontal(pl.col("own_hours") / pl.col("gap_h"), pl.lit(1.0))
    numbers = table.with_columns(
        same_segment=pl.col("segment") == pl.col("other_segment"),
        p=pl.col("p").clip(0.0, 1.0),
        looks=looks,
        log_lr=(-pl.col("p").clip(1e-12).log()).clip(0.0, rules.cap),
    ).with_columns(p_in_track=(pl.col("p") * pl.col("looks")).clip(0.0, 1.0))
    met = [pl.col(name) >= least for name, least in WELCH.items()]
    failed = pl.any_horizontal(~criterion for criterion in met)
    return numbers.with_columns(
        # One criterion that fails settles it; one that is not known leaves it open.
        welch=pl.when(failed.fill_null(value=False)).then(statement=False)
        .otherwise(pl.all_horizontal(met))
    )  # fmt: skip


def _with_verdict(table: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    little = pl.col("expected") < rules.expected
    unjudged = little & (pl.col("judged") < rules.judged)
    strong = (pl.col("log_lr") >= rules.significant) & (pl.col("p_in_track") <= rules.chance)
    cycle = (pl.col("gap_h") < DAY_H) & (pl.col("satellite") >= SATELLITE_ONLY)
    ashore = pl.col("afloat") < rules.afloat
    stranger = pl.col("heard") < rules.heard
    verdict = (
        pl.when(unjudged).then(pl.lit("unjudged"))
        .when(little).then(pl.lit("not-informative"))
        .when(strong & ~cycle & ~pl.col("at_rest") & ~ashore & ~stranger)
        .then(pl.lit("significant"))
        .when(pl.col("log_lr") >= rules.unusual).then(pl.lit("unusual"))
        .otherwise(pl.lit("not-informative"))
    )  # fmt: skip
    few = pl.col("peers") < 5  # as METHODS asks
    why = (
        pl.when(unjudged & few)
        .then(pl.format("Only {} peers in this cell; reception cannot be judged.", "peers")
            .str.replace("Only 0 peers", "No peers", literal=True)
            .str.replace("Only 1 peers", "Only 1 peer", literal=True))
        .when(unjudged)
        .then(pl.format(
            "Reception is known for {}% of the time on her possible ways; it cannot be judged.",
            (pl.col("judged") * 100).round(0).cast(pl.Int64)))
        .when(strong & cycle & ~little)
        .then(pl.lit("Shorter than 12 h and heard by satellite only: never more than unusual."))
        .when(strong & ~little & pl.col("at_rest"))
        .then(pl.lit("She lay at the same place before and after it: never more than unusual."))
        .when(strong & ~little & ashore)
        .then(pl.lit("Nearly every way that she can have sailed lies on land by our mask, as on a"
            " river: never more than unusual."))
        .when(strong & ~little & stranger)
        .then(pl.format("{} messages of her were heard before it, too few to know how well she is"
            " heard: never more than unusual.", pl.col("heard").round(0).cast(pl.Int64)))
        .when((verdict == "not-informative") & ~little & (pl.col("judged") < KNOWN))
        .then(pl.lit("Some ways that she can have sailed lead where fewer than 5 peers tell."))
    )  # fmt: skip
    number = (
        pl.when(pl.col("expected") < 1)
        .then(pl.col("expected").round(1).cast(pl.String))
        .otherwise(pl.col("expected").round(0).cast(pl.Int64).cast(pl.String))
    )
    return table.with_columns(
        verdict=verdict,
        applicable=~unjudged,
        reason=why,
        message=pl.format(
            "A ship {} this gap would have produced about {} messages in this feed.{}{}",
            pl.when("at_rest").then(pl.lit("lying here over"))
            .otherwise(pl.lit("sailing")),
            number,
            pl.when("at_rest")
            .then(pl.lit(" She lay at the same place before and after it: in port and at anchor"
                         " transponders are often without power."))
            .otherwise(pl.lit("")),
            pl.when(pl.col("same_segment")).then(pl.lit(""))
            .otherwise(pl.lit(" OFF and ON belong to different segments, linked as plausible.")),
        ),
    ).with_columns(
        pl.when(unjudged).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("p", "log_lr")
    )  # fmt: skip
