"""What a redacted source gives away, and where else it stands: the words and numbers to take out.

A secret that a disclosed source states as well is no secret, and stays. Matching errs on the side
of taking out: a number that happens to be as the secret one goes too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import JsonValue

from quaywatch.cases.bind import show_interval, show_number
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Observation, Record, Source

REDACTED = "[redacted]"
NEAR_DEG = 0.05
"""A coordinate this near a secret position stands for it: 3 nm, a port's width."""
_SHINGLE = 5
"""Words in a row that make a quotation."""
_SHORTEST = 4
_STEM = 12
"""A shorter name of a file, without its ending, is a word such as “document” or “letter”."""
_DIGITS = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:[.,]\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_DULL = {"unknown", "redacted", "none", "true", "false", "observed", "reported", "inferred"}


@dataclass(slots=True)
class Secrets:
    """Words, numbers and places that may not be in an export."""

    texts: set[str] = field(default_factory=set)
    """Lower-case strings that may stand inside no text."""
    shingles: set[tuple[str, ...]] = field(default_factory=set)
    """Runs of words of verbatim text, lower-case."""
    numbers: set[float] = field(default_factory=set)
    places: list[tuple[float, float]] = field(default_factory=list)
    """Longitude and latitude in degrees."""

    def in_text(self, text: str) -> bool:
        """Whether a text gives one of them away."""
        low = text.lower()
        if any(secret in low for secret in self.texts):
            return True
        words = _WORD.findall(low)
        runs = zip(*(words[i:] for i in range(_SHINGLE)), strict=False)
        if any(run in self.shingles for run in runs):
            return True
        return any(self.is_number(_value(found)) for found in _NUMBER.findall(text))

    def is_number(self, value: float) -> bool:
        """Whether a number is one of them, as it is or as it would be printed."""
        return value in self.numbers or any(
            abs(value - secret) < 1e-9 * max(1.0, abs(secret)) for secret in self.numbers
        )

    def is_place(self, lon: float, lat: float) -> bool:
        """Whether a position is one of them, or close by."""
        return any(
            abs((lon - x + 180) % 360 - 180) <= NEAR_DEG and abs(lat - y) <= NEAR_DEG
            for x, y in self.places
        )

    def less(self, open_to_all: "Secrets") -> "Secrets":
        """Without what disclosed records state too."""
        return Secrets(
            texts=self.texts - open_to_all.texts,
            shingles=self.shingles - open_to_all.shingles,
            numbers=self.numbers - open_to_all.numbers,
            places=[p for p in self.places if p not in open_to_all.places],
        )


def _value(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "."))


def leaves(content: JsonValue) -> Iterator[JsonValue]:
    """Every value of a JSON value that holds no other."""
    if isinstance(content, Mapping):
        for part in content.values():
            yield from leaves(part)
    elif isinstance(content, list | tuple):
        for part in content:
            yield from leaves(part)
    else:
        yield content


@cache
def _own_words() -> str:
    """What stands on every page whatever the case: it gives nothing away."""
    template = files("quaywatch.cases") / "templates" / "dossier.html.j2"
    return " ".join(template.read_text(encoding="utf-8").lower().split())


def _add_text(found: Secrets, text: str) -> None:
    low = " ".join(text.lower().split())
    if _DAY.fullmatch(low):
        return  # the day of an event stays
    if len(low) >= _SHORTEST and low not in _DULL and low not in _own_words():
        found.texts.add(low)
    words = _WORD.findall(low)
    found.shingles.update(zip(*(words[i:] for i in range(_SHINGLE)), strict=False))


def _add_number(found: Secrets, value: float) -> None:
    """A number that says something, as it is and as a page would print it."""
    if len(_DIGITS.findall(repr(abs(value)).strip("0").replace(".0", ""))) < 3:
        return  # 1, 12 or 0.5 stand everywhere and give nothing away
    for shown in (repr(value), show_number(value), *(f"{value:.{d}f}" for d in (1, 2, 3, 4))):
        plain = shown.replace("\N{NARROW NO-BREAK SPACE}", "")
        for match in _NUMBER.findall(plain):
            if len(_DIGITS.findall(match)) >= 3:
                found.numbers.update({_value(match), abs(_value(match))})


def _add_time(found: Secrets, time: TimeInterval) -> None:
    for at in (time.start, time.end):
        if (at.hour, at.minute, at.second) != (0, 0, 0):
            found.texts.update(
                {f"{at:%Y-%m-%dT%H:%M}".lower(), f"{at:%Y-%m-%d %H:%M}", f"{at:%H:%M} utc"}
            )
            written = TimeInterval.at(at).model_dump(mode="json")
            found.texts.update({show_interval(written).lower(), str(written["start"]).lower()})


def _add_places(found: Secrets, content: JsonValue) -> None:
    """Positions: ``lon`` and ``lat`` side by side, or a pair of GeoJSON."""
    if isinstance(content, Mapping):
        lon, lat = content.get("lon"), content.get("lat")
        if _is_number(lon) and _is_number(lat):
            found.places.append((float(str(lon)), float(str(lat))))
        for part in content.values():
            _add_places(found, part)
    elif isinstance(content, list):
        if is_pair(content):
            found.places.append((float(str(content[0])), float(str(content[1]))))
        for part in content:
            _add_places(found, part)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_pair(content: JsonValue) -> bool:
    """Whether a list reads as longitude and latitude."""
    return (
        isinstance(content, list)
        and len(content) in {2, 3}
        and all(_is_number(part) for part in content)
        and abs(float(str(content[0]))) <= 360
        and abs(float(str(content[1]))) <= 90
    )


def secrets_of(records: Iterable[Record]) -> Secrets:
    """Everything that these records state in words and numbers.

    Examples:
        >>> told = Observation(source_id="source:ab", what="statement", subject="imo:1",
        ...                    locator="line 3", raw="She lay at the eastern coal quay.",
        ...                    values={"lon": 125.391, "lat": 38.722})
        >>> found = secrets_of([told])
        >>> found.in_text("They say she lay at the eastern coal quay"), found.in_text("She sailed")
        (True, False)
        >>> found.in_text("at 38.722°N"), found.is_place(125.4, 38.7), found.is_number(14.0)
        (True, True, False)

    """
    found = Secrets()
    for record in records:
        if isinstance(record, Source):
            said: list[str | None] = [record.name, record.provider, record.credit, record.url]
            stem = record.name.split(".")[0]
            said += [stem if len(stem) >= _STEM or _DIGITS.search(stem) else None, record.sha256]
            for text in said:
                _add_text(found, text or "")
            continue
        content: dict[str, Any] = record.content()
        if isinstance(record, Observation):
            _add_text(found, record.raw or "")
            content = {"values": record.values}
        else:
            content = {"value": content.get("value"), "reason": content.get("reason")}
        time: TimeInterval | None = getattr(record, "time", None)
        if time is not None:
            _add_time(found, time)
        _add_places(found, content)
        for leaf in leaves(content):
            if isinstance(leaf, str):
                _add_text(found, leaf)
                if _is_instant(leaf):
                    _add_time(found, TimeInterval.at(datetime.fromisoformat(leaf)))
            elif _is_number(leaf):
                _add_number(found, float(str(leaf)))
    return found


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
