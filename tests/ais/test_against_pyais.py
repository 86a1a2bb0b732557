"""An independent decoder as oracle: random payloads of every supported message."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pyais
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quaywatch.ais.nmea import NmeaContext, decode_nmea
from quaywatch.ais.spec import LAYOUTS, Layout

LISTED = {int(code) for code in pyais.constants.ShipType}
BITS = {1: 168, 4: 168, 5: 424, 18: 168, 19: 312, 24: 168, 27: 96}
Armour = Callable[..., list[str]]


def name_of(layout: Layout) -> str:
    """How pytest names the case."""
    return f"message-{layout.types[0]}{layout.part or ''}"


def put(bits: str, offset: int, width: int, value: int) -> str:
    """``bits`` with a number written over some of them."""
    return bits[:offset] + f"{value % (1 << width):0{width}b}" + bits[offset + width :]


@st.composite
def messages(draw: st.DrawFn, layout: Layout) -> str:
    """Random bits with a plausible MMSI and, mostly, a position on Earth or "not available"."""
    kind = draw(st.sampled_from(layout.types))
    size = BITS[layout.types[0]]
    bits = f"{draw(st.integers(0, (1 << size) - 1)):0{size}b}"
    bits = put(bits, 0, 6, kind)
    bits = put(bits, 8, 30, draw(st.integers(1, 999_999_999)))
    if layout.part is not None:
        bits = put(bits, 38, 2, "AB".index(layout.part))
    if layout.is_position:
        units = layout.position_units
        for name, limit in (("lon", 180), ("lat", 90)):
            place = layout.numbers[name]
            inside = st.integers(-limit * units, limit * units)
            value = draw(inside | st.just((limit + 1) * units))
            bits = put(bits, place.offset, place.width, value)
    return bits


def decode(lines: list[str]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Our position row and our static row."""
    text = "\n".join(lines).encode()
    batches = list(decode_nmea([text + b"\n"], NmeaContext("test")))
    rows = []
    for table in ("positions", "statics"):
        frame = pl.concat([getattr(batch, table) for batch in batches])
        rows.append(frame.to_dicts()[0] if frame.height else None)
    assert sum(batch.rejects.height for batch in batches) == 0
    return rows[0], rows[1]


def as_ours(theirs: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """What pyais says, with each "not available" of M.1371 made null."""
    known: dict[str, Any] = {"mmsi": int(theirs["mmsi"])}
    if layout.is_position:
        both = theirs["lon"] < 180.5 and theirs["lat"] < 90.5
        known["lon"], known["lat"] = (theirs["lon"], theirs["lat"]) if both else (None, None)
    if "status" in theirs:
        known["nav_status"] = None if int(theirs["status"]) == 15 else int(theirs["status"])
    if "speed" in theirs:
        limit = 62.5 if layout.sog_units == 1 else 102.25
        known["sog_kn"] = theirs["speed"] if theirs["speed"] < limit else None
        known["cog_deg"] = theirs["course"] if theirs["course"] < 360 else None
    if "heading" in theirs:
        known["heading_deg"] = theirs["heading"] if theirs["heading"] < 360 else None
    if layout.is_static:
        known |= as_our_statics(theirs)
    return known


def as_our_statics(theirs: dict[str, Any]) -> dict[str, Any]:
    """What pyais says the ship is."""
    known: dict[str, Any] = {}
    for ours, name in (("name", "shipname"), ("callsign", "callsign"), ("destination",) * 2):
        if name in theirs:
            known[ours] = theirs[name].split("@")[0].rstrip(" ") or None
    for ours, name in (("imo", "imo"), ("ship_type", "ship_type"), ("draught_m", "draught")):
        if name in theirs:
            known[ours] = theirs[name] or None
    craft = int(theirs["mmsi"]) // 10_000_000 == 98 and "imo" not in theirs and "lon" not in theirs
    for pair in (("to_bow", "to_stern"), ("to_port", "to_starboard")):
        if pair[0] in theirs:
            given_ = not craft and any(theirs[name] for name in pair)
            known |= {f"{name}_m": theirs[name] if given_ else None for name in pair}
    return known


@pytest.mark.parametrize("layout", LAYOUTS, ids=name_of)
def test_random_payloads_decode_as_pyais_decodes_them(layout: Layout, sentences: Armour) -> None:
    """One wrong bit offset would move every ship; two decoders written apart seldom share one."""

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(bits=messages(layout))
    def agree(bits: str) -> None:
        lines = sentences(bits)
        theirs = pyais.decode(*lines).asdict()
        where, what = decode(lines)
        ours = {**(where or {}), **(what or {})}
        for name, value in as_ours(theirs, layout).items():
            if name == "ship_type" and ours[name] not in LISTED:
                continue  # pyais folds codes that M.1371 reserves into others; we keep them
            expected = (
                pytest.approx(value, rel=1e-6, abs=1e-6) if isinstance(value, float) else value
            )
            said = ours[name]
            if isinstance(value, str) and isinstance(said, str):
                said = said.lstrip(" ")  # pyais takes leading blanks off; we keep what was sent
            assert said == expected, (name, lines)

    agree()


def test_a_text_keeps_the_blanks_that_it_begins_with() -> None:
    """What was sent is evidence as it was sent: two spellings may tell two transmitters apart."""
    lines = ["!AIVDM,1,1,,A,H00000D00000000P100000000000,0*4B"]
    _, what = decode(lines)
    assert (what or {})["callsign"] == " A"
    assert pyais.decode(*lines).asdict()["callsign"] == "A"
