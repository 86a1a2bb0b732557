"""An evidence store in memory, and two hand-made findings shaped by a ship seen twice."""

import hashlib
import struct
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import JsonValue

from quaywatch.cases.case import Case
from quaywatch.errors import ObjectChangedError, ObjectMissingError, RecordMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.ledger import GENESIS, LedgerEntry, seal
from quaywatch.evidence.record import Basis, Claim, Finding, Observation, Record, Rival, Source

BUILT_AT = datetime(2025, 5, 8, 9, 30, tzinfo=UTC)
SHIP = "imo:1059149"
SEA, PORT = [124.0, 36.5], [125.39, 38.72]
ARTICLE = """Ships and shores

On 3 February 2024, it broadcast in the Yellow Sea at 00:09 UTC.
An image taken only seven minutes later at 00:16 UTC shows the ship
in the port of Nampo berthed at the coal terminal.
"""


R = TypeVar("R", bound=Record)


class MemoryStore:
    """The least that keeps the contract of ``EvidenceStore``."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.objects: dict[str, bytes] = {}
        self.chain: list[LedgerEntry] = []

    def append(self, records: Sequence[Record], *, known_at: datetime) -> int:
        """Add those not yet here."""
        new = [r for r in {r.id: r for r in records}.values() if r.id not in self.records]
        for record in new:
            self.records[record.id] = record
            self.chain.append(
                seal(
                    seq=len(self.chain) + 1,
                    known_at=known_at,
                    record_id=record.id,
                    content_sha256=hashlib.sha256(record.canonical()).hexdigest(),
                    previous=self.chain[-1].hash if self.chain else GENESIS,
                )
            )
        return len(new)

    def get(self, record_id: str) -> Record:
        """The record of that id."""
        if record_id not in self.records:
            raise RecordMissingError(record_id=record_id)
        return self.records[record_id]

    def find(
        self, kind: str, *, subject: str | None = None, predicate: str | None = None
    ) -> Iterator[Record]:
        """Records of a kind."""
        for record in self.records.values():
            named = getattr(record, "predicate", getattr(record, "what", None))
            if (
                record.kind == kind
                and subject in {None, getattr(record, "subject", None)}
                and predicate in {None, named}
            ):
                yield record

    def entries(self) -> Iterator[LedgerEntry]:
        """The ledger."""
        return iter(self.chain)

    def put_object(self, data: bytes) -> str:
        """Keep bytes."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.objects[sha256] = data
        return sha256

    def read_object(self, sha256: str) -> bytes:
        """Bytes kept earlier."""
        if sha256 not in self.objects:
            raise ObjectMissingError(sha256=sha256)
        found = hashlib.sha256(self.objects[sha256]).hexdigest()
        if found != sha256:
            raise ObjectChangedError(name=sha256, found=found)
        return self.objects[sha256]


def changed(record: R, **fields: object) -> R:
    """The record with other content, hence another id; a copy would keep the old id."""
    return type(record).model_validate({**record.model_dump(), **fields})


def png(width: int = 360, height: int = 200) -> bytes:
    """A small picture: dark water, a pale quay and a hull beside it."""
    rows, columns = np.mgrid[0:height, 0:width]
    grey = np.where(rows > 0.62 * height, 176, 58) + (rows * 7 + columns * 13) % 9
    hull = (abs(rows - 0.53 * height) < 0.06 * height) & (abs(columns - width / 2) < 0.3 * width)
    grey[hull] = 110
    raw = b"".join(b"\x00" + row.astype(np.uint8).tobytes() for row in grey)

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def _source(store: MemoryStore, data: bytes, name: str, media: str, *, simulated: bool) -> Source:
    article = media == "article"
    return Source(
        sha256=store.put_object(data),
        size_bytes=len(data),
        name=name,
        media=media,
        received_at=datetime(2025, 5, 7, 12, tzinfo=UTC),
        provider="Open Source Centre" if article else "Invented Imaging",
        licence=None if article else "CC-BY-4.0",
        credit="Open Source Centre" if article else "© Invented Imaging 2025",
        redistributable=None if article else True,
        url="https://example.org/back-in-black" if article else None,
        simulated=simulated,
        unknown={
            "licence": "the page states no terms",
            "redistributable": "no licence is stated",
        }
        if article
        else {},
    )


def _point(role: str, label: str, at: list[float]) -> dict[str, JsonValue]:
    place: list[JsonValue] = [*at]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": place},
        "properties": {"role": role, "label": label},
    }


def _line(role: str, label: str, path: list[list[float]]) -> dict[str, JsonValue]:
    places: list[JsonValue] = [[*at] for at in path]
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": places},
        "properties": {"role": role, "label": label},
    }


def two_places(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """Invented, yet a function of the inputs: what a real check would be to the dossier."""
    minutes = 7.0
    places = [r.values["at"] for r in inputs if isinstance(r, Observation)]
    water_nm = 212.4 + 0.0 * len(places)
    v_max = claim.parameters["max_speed_kn"]
    water = [SEA, [123.9, 37.4], [124.2, 38.0], [124.75, 38.48], [125.1, 38.62], PORT]
    features: list[JsonValue] = [
        _point("broadcast", "Broadcast 00:09 UTC", SEA),
        _point("sighting", "Seen 00:16 UTC\nNampo, coal terminal", PORT),
        _line("great-circle", "Great circle, 148.7 nm", [SEA, PORT]),
        _line("water-path", "Shortest water path, 152.4 nm", water),
    ]
    return changed(
        claim,
        value={
            "verdict": "impossible",
            "great_circle_nm": 148.7,
            "water_nm": water_nm,
            "required_speed_kn": 1164.2857142857142,
            "clock_slack_h": 9.846153846153847,
            "p_feasible": 0.0,
            "working": [
                {
                    "label": "Great-circle distance",
                    "formula": "geodesic on WGS84 between the two positions",
                    "value": 148.7,
                    "unit": "nm",
                },
                {
                    "label": "Least distance over water",
                    "formula": "shortest path on an eroded land mask, less both 99% radii",
                    "value": water_nm,
                    "unit": "nm",
                },
                {
                    "label": "Longest time between them",
                    "formula": "|Δt| + clock bounds of both = 7 min + 35 s",
                    "value": minutes + 35 / 60,
                    "unit": "min",
                },
                {
                    "label": "Speed needed",
                    "formula": "distance ÷ time",
                    "value": 1164.2857142857142,
                    "unit": "kn",
                },
                {
                    "label": "Clock slack",
                    "formula": "distance ÷ highest plausible speed − time",
                    "value": 9.846153846153847,
                    "unit": "h",
                },
                {
                    "label": "Chance that one ship did both",
                    "formula": "10,000 draws of speed, clocks and positions",
                    "value": 0.0,
                    "unit": "probability",
                },
            ],
            "messages": [
                "Speed needed 1164 kn by water; not feasible for any merchant ship.",
                "One of the clocks would have to be wrong by 9.8 hours.",
            ],
            "assumptions": [
                "The ship in the image is the ship that carries this transponder.",
                f"No merchant ship sails faster than {v_max} kn.",
            ],
            "geometry": {"type": "FeatureCollection", "features": features},
        },
    )


def presence(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """Invented likewise: an image of an empty sea."""
    ring: list[list[float]] = [[132.7, 42.6], [133.2, 42.6], [133.2, 42.95], [132.7, 42.95]]
    outline: list[JsonValue] = [[*at] for at in [*ring, ring[0]]]
    features: list[JsonValue] = [
        _point("broadcast", "Broadcast 28 January", [132.9, 42.78]),
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [132.9, 42.78]},
            "properties": {"role": "search-disc", "label": "Search disc", "radius_nm": 5.0},
        },
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [outline]},
            "properties": {"role": "footprint", "label": "Image footprint"},
        },
        _point("detection", "Other hull, 62 m", [132.97, 42.80]),
    ]
    return changed(
        claim,
        value={
            "verdict": "not seen",
            "p_would_have_seen": 0.953,
            "likelihood_ratio": 20.85,
            "clear_share": 0.97,
            "working": [
                {"label": "Clear share", "formula": "c", "value": 0.97, "unit": None},
                {
                    "label": "P(we would have seen it)",
                    "formula": "c · P_d · G",
                    "value": 0.953,
                    "unit": "probability",
                },
                {
                    "label": "Likelihood ratio",
                    "formula": "(1 − P_fa) ÷ (1 − P_eff)",
                    "value": 20.85,
                    "unit": "to 1",
                },
            ],
            "messages": ["Nobody of this length is at the broadcast position."],
            "geometry": {"type": "FeatureCollection", "features": features},
            "plates": [
                {
                    "sha256": hashlib.sha256(png()).hexdigest(),
                    "caption": "The searched water, 28 January, 3 m a pixel",
                    "credit": "© Invented Imaging 2025",
                    "licence": "CC-BY-4.0",
                }
            ],
        },
    )


RECOMPUTE = {"two-places@1": two_places, "presence@1": presence}


def _observations(ais: Source, image: Source, article: Source) -> dict[str, Observation]:
    def seen(what: str, time: str, source: Source, **more: JsonValue) -> Observation:
        locator = str(more.pop("locator", "record 1042"))
        subject = str(more.pop("subject", SHIP))
        raw = more.pop("raw", None)
        return Observation(
            source_id=source.id,
            what=what,
            subject=subject,
            locator=locator,
            time=TimeInterval.parse(time),
            raw=str(raw) if raw else None,
            values=more,
        )

    return {
        "broadcast": seen("ais-position", "2025-02-03T00:09Z", ais, at=[*SEA]),
        "sighting": seen("sighting", "2025-02-03T00:16Z", image, at=[*PORT], locator="whole"),
        "far": seen(
            "ais-position", "2025-01-28T05:20Z", ais, at=[132.9, 42.78], locator="record 880"
        ),
        "scene": seen(
            "scene",
            "2025-01-28",
            image,
            locator="whole",
            subject="scene:20250128-invented",
        ),
        "said": seen(
            "statement",
            "2025-02-03",
            article,
            locator="lines 3-5",
            raw="An image taken only seven minutes later at 00:16 UTC shows the ship in the port "
            "of Nampo berthed at the coal terminal.",
        ),
    }


def _claims(seen: dict[str, Observation]) -> dict[str, Claim]:
    twice = Claim(
        subject=SHIP,
        predicate="two-places",
        reason="not computed yet",
        basis=Basis.INFERRED,
        time=TimeInterval.parse("2025-02-03T00:09Z/2025-02-03T00:16Z"),
        method="two-places@1",
        parameters={"max_speed_kn": 25, "draws": 10_000, "seed": 7},
        inputs=(seen["broadcast"].id, seen["sighting"].id),
    )
    absent = Claim(
        subject=SHIP,
        predicate="presence",
        reason="not computed yet",
        basis=Basis.INFERRED,
        method="presence@1",
        parameters={"false_alarm": 0.02},
        inputs=(seen["far"].id, seen["scene"].id),
    )
    reported = Claim(
        subject=SHIP,
        predicate="berthed-at",
        value={
            "site": "Nampo coal terminal",
            "slips": [
                {
                    "printed": "3 February 2024",
                    "read_as": "3 February 2025",
                    "because": "the voyage it belongs to began on 22 January 2025",
                }
            ],
        },
        basis=Basis.REPORTED,
        method="statement@1",
        inputs=(seen["said"].id,),
    )
    gap = Claim(
        subject=SHIP,
        predicate="ais-gap",
        value=23.5,
        low=22.0,
        high=25.0,
        unit="h",
        basis=Basis.OBSERVED,
        time=TimeInterval.parse("2025-01-25T00:00Z/2025-01-26T08:00Z"),
        method="gap@1",
        inputs=(seen["far"].id,),
    )
    return {
        "two-places": two_places(twice, [seen["broadcast"], seen["sighting"]]),
        "presence": presence(absent, [seen["far"], seen["scene"]]),
        "reported": reported,
        "gap": gap,
    }


def keep(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """A check whose value does not depend on anything: good enough for a gap's length."""
    return changed(claim, value=23.5)


RECOMPUTE["gap@1"] = keep


def _findings(claims: dict[str, Claim]) -> tuple[Finding, Finding]:
    twice = Finding(
        subject=SHIP,
        statement="The ship in Nampo at 00:16 UTC on 3 February 2025 cannot have sent the "
        "position broadcast in the Yellow Sea at 00:09: for one hull, both are impossible.",
        claims=(claims["two-places"].id, claims["reported"].id),
        argument="The broadcast places the ship in the open Yellow Sea. Seven minutes later an "
        "image shows a ship, identified as the same one, at the coal terminal of Nampo. Even along "
        "the shortest water path, with both clocks as wrong as they may be, it would have had "
        "to sail many times faster than any merchant ship does. So one of the two is not what "
        "it seems: the position is false, another hull uses the transponder, or the ship in "
        "the image is another. The check alone does not say which.",
        assumptions=("Both capture times are in UTC.",),
        rivals=(
            Rival(
                statement="The transponder's position was falsified.",
                stands="open",
                because="It explains both records, and the check alone cannot confirm it.",
            ),
            Rival(
                statement="The ship in the image is a sister ship of like size and colour.",
                stands="unlikely",
                because="Its layout was compared with an image of October 2024, by others.",
            ),
            Rival(
                statement="A receiver stamped the message with a wrong time.",
                stands="excluded",
                because="The clock would have to be wrong by more than nine hours.",
            ),
        ),
        would_refute=(
            "An image of the ship in the Yellow Sea on that morning.",
            "A second image of Nampo that shows the hull's name to be another.",
        ),
        probability=0.996,
        source_confidence="moderate, since others identified the ship, in one image.",
    )
    empty = Finding(
        subject=SHIP,
        statement="No ship of its length was at the position broadcast off Nakhodka on "
        "28 January 2025.",
        claims=(claims["presence"].id, claims["gap"].id),
        argument="The image is clear over nearly all of the water where the ship could have been.",
        assumptions=(),
        rivals=(
            Rival(
                statement="The ship had moved on between the broadcast and the image.",
                stands="open",
                because="Only the day of the image is known.",
            ),
        ),
        would_refute=("The image's exact time, if it is far from the broadcast.",),
        reason="the capture time is known to the day only, which no prior makes comparable",
        source_confidence="low, since there is a single image.",
    )
    return twice, empty


def world(*, simulated: bool = True) -> SimpleNamespace:
    """A store with two findings, and the case that argues them."""
    store = MemoryStore()
    store.put_object(png())
    ais = _source(store, b"!AIVDM,1,1,,A,one line,0*00\n", "ais.nmea", "ais", simulated=simulated)
    image = _source(store, b"not truly a tiff", "20250203.tif", "imagery", simulated=simulated)
    article = _source(store, ARTICLE.encode(), "article.txt", "article", simulated=False)
    seen = _observations(ais, image, article)
    claims = _claims(seen)
    findings = _findings(claims)
    store.append([ais, image, article, *seen.values()], known_at=BUILT_AT)
    store.append([*claims.values(), *findings], known_at=BUILT_AT)
    case = Case(
        id="seen-twice",
        title="YI LI 1: in two places within seven minutes",
        question="Where was the ship on the morning of 3 February 2025, and was it off Nakhodka "
        "on 28 January?",
        subjects=(SHIP,),
        findings=tuple(f.id for f in findings),
        simulated=simulated,
    )
    return SimpleNamespace(
        changed=changed,
        store=store,
        case=case,
        findings=findings,
        claims=claims,
        seen=seen,
        land=land,
    )


def land(
    lon_min: float, lat_min: float, lon_max: float, lat_max: float, step: float
) -> NDArray[np.bool_]:
    """A round island at the port's longitude and a wavy mainland in the north-east."""
    assert -180 <= lon_min < lon_max <= 180
    lon = np.arange(lon_min, lon_max, step)[None, :]
    lat = np.arange(lat_min, lat_max, step)[:, None]
    mainland = (lat - 38.9) > 0.35 * np.sin(2 * lon) - 0.4 * (lon - 125.2)
    island = np.hypot(lon - 125.0, lat - 37.3) < 0.35
    found: NDArray[np.bool_] = mainland | island
    return found


@pytest.fixture(name="world")
def _world() -> SimpleNamespace:
    return world()


@pytest.fixture(name="recompute")
def _recompute() -> dict[str, object]:
    return dict(RECOMPUTE)
