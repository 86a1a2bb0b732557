"""What a dossier reads inside ``Claim.value``: the keys below; every other key is a figure.

``verdict``      a word or two: ``impossible``, ``not observable``
``working``      rows ``{label, formula, value, unit}``, one a step, in order
``messages``     sentences for the reader, in our words
``assumptions``  sentences that must hold for the check to mean what it says
``geometry``     a GeoJSON FeatureCollection; ``properties.role`` and ``properties.label``
``plates``       ``{sha256, caption, credit, licence}`` of PNG objects in the store
``slips``        ``{printed, read_as, because}``: what a source plainly got wrong
"""

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from quaywatch.errors import ClaimShapeError
from quaywatch.evidence.record import Claim

ROLES = (
    "broadcast",
    "sighting",
    "detection",
    "great-circle",
    "water-path",
    "gap",
    "search-disc",
    "area",
    "footprint",
    "berth",
)
"""What a feature of ``geometry`` may be, in the order in which a legend lists them."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class WorkingRow(_Part):
    """One step of a calculation."""

    label: str
    formula: str = ""
    value: JsonValue = None
    unit: str | None = None


class Plate(_Part):
    """A picture in evidence, with what must stand beside it."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    caption: str
    credit: str
    licence: str


class Slip(_Part):
    """What a source printed, how we read it, and why."""

    printed: str
    read_as: str
    because: str


class FeatureProperties(_Part):
    """What a feature is and what the map writes beside it."""

    role: str
    label: str = ""
    radius_nm: float | None = None
    """Of a ``search-disc`` given as a point."""


class MapFeature(_Part):
    """One feature of a check's geometry, WGS84 longitude and latitude in degrees."""

    geometry: dict[str, JsonValue]
    properties: FeatureProperties


class Geometry(_Part):
    """The FeatureCollection of a check."""

    features: tuple[MapFeature, ...] = ()


class CheckValue(_Part):
    """The parts of a claim's value that a dossier lays out."""

    verdict: str | None = None
    working: tuple[WorkingRow, ...] = ()
    messages: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    geometry: Geometry | None = None
    plates: tuple[Plate, ...] = ()
    slips: tuple[Slip, ...] = ()

    @property
    def features(self) -> tuple[MapFeature, ...]:
        """Features to draw; none where the check is not about places."""
        return self.geometry.features if self.geometry else ()


LAID_OUT = frozenset(CheckValue.model_fields)
"""Keys of a value that have a place of their own on the page."""


def read_check(claim: Claim) -> CheckValue:
    """The laid-out parts of a claim; empty where its value is no object.

    Raises:
        ClaimShapeError: a known key holds something else than it should.

    """
    if not isinstance(claim.value, dict):
        return CheckValue()
    try:
        check = CheckValue.model_validate(claim.value)
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ClaimShapeError(claim=claim.id, fact=f"{where}: {first['msg']}") from err
    for feature in check.features:
        if feature.properties.role not in ROLES:
            raise ClaimShapeError(
                claim=claim.id,
                fact=f"role {feature.properties.role!r} is none of {', '.join(ROLES)}",
            )
    return check


def figure_keys(claim: Claim) -> tuple[str, ...]:
    """Keys of the value that hold one plain number, word or unknown, in the order given."""
    if not isinstance(claim.value, dict):
        return ()
    return tuple(
        key
        for key, value in claim.value.items()
        if key not in LAID_OUT and not isinstance(value, dict | list)
    )
