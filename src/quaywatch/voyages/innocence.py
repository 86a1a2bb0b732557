"""What ordinarily explains two ships beside each other, from what is on record about them."""

from typing import Final

import polars as pl

_TRADES: Final[dict[int, str]] = {
    30: "a fishing vessel",
    31: "a towing vessel",
    32: "a towing vessel",
    33: "a dredger",
    34: "a diving tender",
    36: "a sailing vessel",
    37: "a pleasure craft",
    50: "a pilot vessel",
    51: "a search and rescue vessel",
    52: "a tug",
    53: "a port tender",
    54: "an anti-pollution vessel",
    55: "a law enforcement vessel",
    58: "a medical transport",
    59: "a vessel of a neutral state",
}
"""AIS ship types (ITU-R M.1371-5, table 53) whose work is to lie beside other ships, or that
carry no bulk cargo."""
_STILL_M: Final = 20.0
_SWING_M: Final = 40.0
_STILL_TURN: Final = 0.002
"""A ship at a quay keeps its place and its heading."""


def ordinary(told: pl.DataFrame, ships: pl.DataFrame | None) -> pl.DataFrame:
    """Add ``verdict``, ``reason`` and both ship types: ``ordinary`` if explained, else ``met``.

    Args:
        told: encounters with ``mmsi``, ``other_mmsi``, ``spread_m``, ``turned``,
            ``moored_share``, ``mean_m``, ``relative_kn`` and their ``other_`` twins.
        ships: ``mmsi`` and ``ship_type``; None: nothing is on record.

    A ship type is the ship's own word; ``met`` where nothing explains is no accusation, and the
    reason then says what is not known.
    """
    types = _types(ships)
    told = told.join(types, on="mmsi", how="left").join(
        types.rename({name: f"other_{name}" for name in types.columns}),
        on="other_mmsi",
        how="left",
    )
    still = (
        (pl.col("spread_m") < _STILL_M)
        & (pl.col("other_spread_m") < _STILL_M)
        & (pl.col("turned").fill_null(0.0) < _STILL_TURN)
        & (pl.col("other_turned").fill_null(0.0) < _STILL_TURN)
    )
    # Ships that swing are not at a quay, whatever they say.
    kept = (pl.col("spread_m") < _SWING_M) & (pl.col("other_spread_m") < _SWING_M)
    daughter = pl.col("mmsi").is_between(980_000_000, 989_999_999) | pl.col(
        "other_mmsi"
    ).is_between(980_000_000, 989_999_999)
    reasons = pl.concat_str(
        [
            _says("mmsi", "trade"),
            _says("other_mmsi", "other_trade"),
            pl.when(daughter).then(pl.lit("One MMSI is that of a craft of a parent ship.")),
            pl.when((pl.col("moored_share") > 0.5) & kept).then(
                pl.lit("Both say that they are moored: neighbours at a quay or a buoy.")
            ),
            pl.when(still & (pl.col("moored_share") <= 0.5)).then(
                pl.lit("Neither moved nor turned: neighbours at a quay.")
            ),
        ],
        separator=" ",
        ignore_nulls=True,
    ).replace("", None)
    unknown = pl.when(pl.col("ship_type").is_null() | pl.col("other_ship_type").is_null()).then(
        pl.lit("The type of one or both is not on record; a tug, tender or pilot would explain it.")
    )
    return told.with_columns(
        verdict=pl.when(reasons.is_null()).then(pl.lit("met")).otherwise(pl.lit("ordinary")),
        reason=pl.coalesce(reasons, unknown),
    )


def _says(who: str, trade: str) -> pl.Expr:
    return pl.when(pl.col(trade).is_not_null()).then(
        pl.format("MMSI {} says it is {}.", pl.col(who).cast(pl.String).str.zfill(9), pl.col(trade))
    )


def _types(ships: pl.DataFrame | None) -> pl.DataFrame:
    """The last type that each transponder gave, in words where it explains company."""
    schema = {"mmsi": pl.UInt32(), "ship_type": pl.Int64(), "trade": pl.String()}
    if ships is None or not {"mmsi", "ship_type"} <= set(ships.columns):
        return pl.DataFrame(schema=schema)
    told = ships.filter(pl.col("ship_type").is_not_null() & (pl.col("ship_type") > 0))
    last = told.group_by("mmsi", maintain_order=True).agg(pl.col("ship_type").last())
    kind = pl.col("ship_type").cast(pl.Int64)
    trade = kind.replace_strict(_TRADES, default=None, return_dtype=pl.String).fill_null(
        pl.when(kind.is_between(60, 69)).then(pl.lit("a passenger ship"))
    )
    return last.select(pl.col("mmsi").cast(pl.UInt32), ship_type=kind, trade=trade)
