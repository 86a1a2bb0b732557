"""What a film will show, decided before its first pixel is drawn."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from quaywatch.cases.film_cut import Pacing, long_gaps
from quaywatch.errors import ArgumentError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.imagery.frames import METHOD as FRAME_METHOD
from quaywatch.imagery.frames import view_grid
from quaywatch.imagery.grid import Grid
from quaywatch.sites.facility import Site
from quaywatch.workflows.timelapse_looks import Candidate, Wanted, area_of, left_out, parts_of

METHOD: Final = "timelapse@2"
"""The second spells letters that our font lacks, and packs GIFs closer."""
FORMATS: Final = {"mp4": ".mp4", "gif": ".gif", "sheet": "-sheet.png", "pair": "-pair.png"}
"""What can be made, and how its file name ends."""
MARGIN_M: Final = 150.0
"""Metres shown around what a film is about; around one part a quarter of it, if that is more."""
SMALLEST_PX: Final = 960
LARGEST_PX: Final = 1920
"""Longer side of a picture, where no size was asked for."""


@dataclass(frozen=True)
class Making:
    """How a film is to be made."""

    formats: tuple[str, ...] = ("mp4",)
    pacing: Pacing = Pacing.FIXED
    fps: float = 4.0
    """Looks a second, for fixed pacing."""
    days_per_second: float = 7.0
    hold_days: float = 5.0
    """In true time a look stands so long at most; in either pacing a longer wait is said."""
    size_px: int | None = None
    """Longer side of a picture, pixels."""
    before: TimeInterval | None = None
    after: TimeInterval | None = None


@dataclass(frozen=True)
class Plan:
    """The looks, their grid, and how they are shown."""

    site: Site
    wanted: Wanted
    making: Making
    shown: tuple[Candidate, ...]
    all: tuple[Candidate, ...]
    """Every look in the time asked for, the ones left out too."""
    grid: Grid
    gsd_m: float
    """True metres a pixel of the pictures."""
    simulated: bool

    @property
    def stamps(self) -> tuple[str, ...]:
        """What is burnt into every picture."""
        own = any(not one.terms.allowed for one in self.shown)
        marks = (("SIMULATED", self.simulated), ("NOT FOR PUBLICATION", own))
        return tuple(text for text, wanted in marks if wanted)

    @property
    def place(self) -> str:
        """Part, if chosen, and site, by name: what is cut off in a narrow frame comes last."""
        part = next((f for f in self.site.facilities if f.id == self.wanted.part), None)
        return self.site.name if part is None else f"{part.name}, {self.site.name}"

    @property
    def others(self) -> list[tuple[datetime, str]]:
        """Captures of the looks that are not shown, with why."""
        shown = {one.look.id for one in self.shown}
        return [(one.at, one.standing) for one in self.all if one.look.id not in shown]

    @property
    def credits(self) -> tuple[str, ...]:
        """Each credit line with its licence, once."""
        return tuple(dict.fromkeys(credit_of(one) for one in self.shown))

    @property
    def stem(self) -> str:
        """Beginning of the names of its files."""
        part = "" if self.wanted.part is None else f"-{self.wanted.part}"
        span = f"{self.shown[0].at:%Y%m%d}-{self.shown[-1].at:%Y%m%d}"
        return f"{self.site.id}{part}-{span}"

    def file_name(self, form: str) -> str:
        """Name of one of its files; films of either pacing may lie side by side."""
        slow = form in {"mp4", "gif"} and self.making.pacing is Pacing.TRUE_TIME
        return f"{self.stem}{'-true-time' if slow else ''}{FORMATS[form]}"

    def listed(self, form: str) -> dict[str, Any]:
        """All that the bytes of a file depend on, and what was left out, as JSON values."""
        making = asdict(self.making) | {
            name: None if span is None else f"{span.start.isoformat()}/{span.end.isoformat()}"
            for name, span in (("before", self.making.before), ("after", self.making.after))
        }
        making["formats"] = [form]
        gaps = long_gaps([one.at for one in self.shown], self.others, self.making.hold_days)
        return {
            "site": self.site.id,
            "place": self.place,
            "part": self.wanted.part,
            "min_clear": self.wanted.min_clear,
            "permission": self.wanted.permission,
            "making": making,
            "method": METHOD,
            "frame_method": FRAME_METHOD,
            "grid": {
                "crs": self.grid.crs,
                "transform": list(self.grid.transform),
                "width": self.grid.width,
                "height": self.grid.height,
            },
            "gsd_m": self.gsd_m,
            "stamps": list(self.stamps),
            "conditions": sorted({o.terms.condition for o in self.shown if o.terms.condition}),
            "looks": len(self.all),
            "frames": [_frame(one) for one in self.shown],
            "left_out": left_out(self.all),
            "others": [_other(one) for one in self.all if one not in self.shown],
            "gaps": [
                {"start": g.start.isoformat(), "end": g.end.isoformat(),
                 "days": round(g.days, 2), "reasons": dict(g.reasons)}
                for g in gaps
            ],
        }  # fmt: skip


def credit_of(one: Candidate) -> str:
    """Credit line and licence of a look."""
    return f"{one.scene.credit}, {one.scene.licence}"


def _frame(one: Candidate) -> dict[str, Any]:
    registered, said = one.registration
    correction = one.correction
    return {
        "look": one.look.id,
        "scene": one.scene.id,
        "scene_claim": one.scene_claim.id,
        "files": {asset.path.name: asset.sha256 for asset in one.scene.assets},
        "captured_start": one.scene.captured_start.isoformat(),
        "captured_end": one.scene.captured_end.isoformat(),
        "sensor": one.scene.sensor.id,
        "gsd_m": round(one.scene.gsd_m, 3),
        "usable_share": None if one.share is None else round(one.share, 3),
        "registered": registered,
        "registration": said,
        "shift_m": [correction.east_m, correction.north_m],
        "gains": {band: list(pair) for band, pair in correction.gains.items()},
        "licence": one.scene.licence,
        "credit": one.scene.credit,
        "terms": one.terms.why,
    }


def _other(one: Candidate) -> dict[str, Any]:
    """A look that is not shown."""
    return {
        "look": one.look.id,
        "scene": one.scene.id,
        "captured_start": one.scene.captured_start.isoformat(),
        "why": one.standing,
        "usable_share": None if one.share is None else round(one.share, 3),
        "licence": one.scene.licence,
        "terms": one.terms.why,
    }


def checked(wanted: Wanted, making: Making) -> None:
    """Refuse what cannot be meant.

    Raises:
        ArgumentError: a number out of bounds, or a format that there is none of.

    """
    for flag, value, low, high in (
        ("--fps", making.fps, 0.1, 25.0),
        ("--days-per-second", making.days_per_second, 0.01, 1e4),
        ("--hold-days", making.hold_days, 0.01, 1e4),
        ("--min-clear", wanted.min_clear, 0.0, 1.0),
        ("--size", float(SMALLEST_PX if making.size_px is None else making.size_px), 64.0, 4096.0),
    ):
        if not low <= value <= high:
            fact = f"{value:g} does not lie between {low:g} and {high:g}"
            raise ArgumentError(flag=flag, fact=fact, remedy="Give a number between them.")
    odd = [form for form in making.formats if form not in FORMATS]
    if odd or not making.formats:
        fact = f"{', '.join(odd) or 'nothing'} is none of {', '.join(FORMATS)}"
        raise ArgumentError(flag="--format", fact=fact, remedy="Put commas between several.")


def planned(
    site: Site,
    wanted: Wanted,
    making: Making,
    usable: Sequence[Candidate],
    found: Sequence[Candidate],
    *,
    simulated: bool,
) -> Plan:
    """The looks on one grid: as fine as the finest of them, unless a size was asked for.

    A small site is enlarged by a whole number of times, a large one averaged down.

    """
    area = area_of(parts_of(site, wanted.part))
    west, south, east, north = site.frame.to_metres(area).bounds
    longer = max(east - west, north - south)
    margin = max(MARGIN_M, 0.25 * longer if wanted.part else 0.0)
    extent = longer + 2 * margin
    finest = min(one.scene.gsd_m for one in usable)
    native = extent / finest
    if making.size_px is not None:
        gsd = extent / making.size_px
    elif native < SMALLEST_PX:
        gsd = finest / -(-SMALLEST_PX // native)
    else:
        gsd = max(finest, extent / LARGEST_PX)
    grid = view_grid(area, site.frame, gsd_m=gsd, margin_m=margin)
    return Plan(site, wanted, making, tuple(usable), tuple(found), grid, gsd, simulated)


def pair_of(usable: Sequence[Candidate], making: Making) -> tuple[Candidate, Candidate]:
    """The last usable look up to one date, and the first from another date on.

    Without a date the first look of all, or the last.

    Raises:
        ArgumentError: there are no two such looks.

    """
    early, late = list(usable[:1]), list(usable[-1:])
    if making.before is not None:
        end = max(making.before.end, making.before.start)
        early = [one for one in usable if one.at <= end][-1:]
    if making.after is not None:
        late = [one for one in usable if one.at >= making.after.start][:1]
    if not early or not late or early[0].at >= late[0].at:
        days = f"{usable[0].at:%Y-%m-%d} to {usable[-1].at:%Y-%m-%d}"
        fact = "there are no two usable looks, one up to --before and a later one from --after on"
        raise ArgumentError(flag="--before", fact=fact, remedy=f"Usable looks run from {days}.")
    return early[0], late[0]
