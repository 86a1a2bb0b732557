"""Every number on the page is bound: it says which record, and where in it, it was read from.

The page never prints a figure that the template was handed; it prints ``record + JSON Pointer
(RFC 6901) + format``, and ``verify`` prints it again and compares. A format once shipped is never
changed, since old dossiers must print the same: a new way to print is a new name.
"""

import html
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import canonical_json
from quaywatch.evidence.wording import CEILING, bounded, phrase

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SUBJECT_WORDS = {"imo": "IMO", "mmsi": "MMSI"}
_ACRONYMS = {"ais", "imo", "mmsi", "utc", "sts", "sog", "cog", "dwt", "gsd"}
UNITS: Mapping[str, str] = {
    "nm": "nm",
    "kn": "kn",
    "h": "h",
    "min": "min",
    "s": "s",
    "m": "m",
    "km": "km",
    "deg": "°",
    "t": "t",
    "usd": "US$",
}
"""Ending of a key, by house style its unit → the unit as printed."""
_LONG_ID = re.compile(r"(?:source|observation|claim|finding):([0-9a-f]{12})[0-9a-f]{52}")
_DAY = timedelta(days=1)
_THIN = "\N{NARROW NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_TIMES = "\N{MULTIPLICATION SIGN}"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def at_pointer(content: JsonValue, pointer: str) -> JsonValue:
    """The value at a JSON Pointer.

    Raises:
        LookupError: there is nothing there.

    Examples:
        >>> at_pointer({"a": [{"b/c": 3}]}, "/a/0/b~1c")
        3

    """
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(content, dict):
            content = content[part]
        elif isinstance(content, list) and part.isdecimal():
            content = content[int(part)]
        else:
            raise LookupError(pointer)
    return content


def pointer(*parts: str | int) -> str:
    """The JSON Pointer through ``parts``.

    Examples:
        >>> pointer("value", "working", 0, "a/b")
        '/value/working/0/a~1b'

    """
    return "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in parts)


def show_number(value: JsonValue) -> str:
    """A number as printed: three or four figures that matter; words stay words.

    Examples:
        >>> show_number(112.9384), show_number(14.0), show_number(0.04567), show_number(None)
        ('112.9', '14', '0.0457', 'unknown')

    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "unknown", True: "yes", False: "no"}[value]
    if not isinstance(value, int | float):
        return canonical_json(value).decode()
    if float(value).is_integer() or abs(value) >= 1000:
        # Four figures stand without a gap, as years and identifiers do.
        # Adding 0 turns -0.0 into 0.
        grouped = f"{float(value):,.0f}" if abs(value) >= 10_000 else f"{value + 0:.0f}"
        text = grouped.replace(",", _THIN)
    elif abs(value) < 1e-4:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        text = f"{mantissa} {_TIMES} 10{str(int(exponent)).translate(_RAISED)}"
    else:
        size = math.floor(math.log10(abs(value)))
        text = f"{value:.{1 if size >= 1 else 2 - min(0, size)}f}"
    return text.replace("-", _MINUS)


def show_chance(value: JsonValue) -> str:
    """A probability as a percentage, never nearer to certainty than the wording goes.

    Examples:
        >>> show_chance(0.0), show_chance(0.71), show_chance(1)
        ('at most 1%', '71%', 'at least 99%')

    """
    if not isinstance(value, int | float):
        return show_number(value)
    p = bounded(float(value))
    if p >= CEILING:
        return "at least 99%"
    return "at most 1%" if p <= 1 - CEILING else f"{100 * p:.0f}%"


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"


def show_interval(value: JsonValue) -> str:
    """A time interval, saying so where only the day is known.

    Examples:
        >>> show_interval({"start": "2025-02-03T00:09:00Z", "end": "2025-02-03T00:09:00Z"})
        '3 Feb 2025, 00:09 UTC'
        >>> show_interval({"start": "2025-02-03T00:00:00Z", "end": "2025-02-04T00:00:00Z"})
        '3 Feb 2025 (time of day unknown)'

    """
    if value is None:
        return "time unknown"
    time = TimeInterval.model_validate(value)
    start, end = time.start, time.end
    if start == end:
        return f"{_day(start)}, {_clock(start)} UTC"
    if all((t.hour, t.minute, t.second, t.microsecond) == (0, 0, 0, 0) for t in (start, end)):
        last = end - _DAY
        days = _day(start) if last == start else f"{_day(start)} to {_day(last)}"
        return f"{days} (time of day unknown)"
    if start.date() == end.date():
        return f"{_day(start)}, {_clock(start)} to {_clock(end)} UTC"
    return f"{_day(start)}, {_clock(start)} to {_day(end)}, {_clock(end)} UTC"


def _show_instant(value: JsonValue) -> str:
    at = datetime.fromisoformat(str(value)).astimezone(UTC)
    return f"{_day(at)}, {_clock(at)} UTC"


def _show_position(value: JsonValue) -> str:
    if not isinstance(value, list) or len(value) < 2:
        return show_number(value)
    lon, lat = (float(str(part)) for part in value[:2])
    lon = (lon + 180) % 360 - 180
    return f"{abs(lat):.4f}°{'S' if lat < 0 else 'N'} {abs(lon):.4f}°{'W' if lon < 0 else 'E'}"


def _show_bytes(value: JsonValue) -> str:
    size = float(str(value))
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{show_number(size)} {unit}"
        size /= 1000
    return f"{show_number(size)} GB"


def _show_subject(value: JsonValue) -> str:
    scheme, colon, name = str(value).partition(":")
    return f"{_SUBJECT_WORDS.get(scheme, scheme)} {name}" if colon else scheme


def _show_words(value: JsonValue) -> str:
    words = re.split(r"[-_\s]+", str(value).strip())
    text = " ".join(word.upper() if word in _ACRONYMS else word for word in words)
    return text[:1].upper() + text[1:]


def _show_key(path: str) -> str:
    """The key at the end of a pointer, less the unit that is printed beside its value."""
    key = path.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    stem, _, unit = key.rpartition("_")
    if key.startswith("p_"):
        return "P(" + _show_words(key[2:]).lower() + ")"
    return _show_words(stem if stem and unit in UNITS else key)


def _show_short(value: JsonValue) -> str:
    return str(value).partition(":")[2][:12] or str(value)[:12]


def _show_cited(value: JsonValue) -> str:
    """Words in which records are named by the first digits of their ids, as on the page."""
    return _LONG_ID.sub(lambda m: m[1], str(value))


def _show_phrase(value: JsonValue) -> str:
    return phrase(float(str(value)))


FORMATS: Mapping[str, Callable[[JsonValue], str]] = {
    "text": str,
    "number": show_number,
    "chance": show_chance,
    "phrase": _show_phrase,
    "interval": show_interval,
    "instant": _show_instant,
    "position": _show_position,
    "bytes": _show_bytes,
    "subject": _show_subject,
    "words": _show_words,
    "short": _show_short,
    "cited": _show_cited,
    "json": lambda value: canonical_json(value).decode(),
}
"""How a value may be printed: name in ``data-format`` → function; ``key`` prints the key itself."""


def printed(contents: Mapping[str, JsonValue], record: str, path: str, fmt: str) -> str:
    """The text that stands for ``record`` at ``path``.

    Raises:
        LookupError: no such record, path or format.
        ValueError: the value cannot be printed so.

    """
    value = at_pointer(contents[record], path)
    if fmt == "key":
        return _show_key(path)
    return FORMATS[fmt](value)


def anchor(record_id: str) -> str:
    """The id that a record has on the page: its kind and the first 12 digits of its hash."""
    kind, _, digest = record_id.partition(":")
    return f"{kind}-{digest[:12]}"


class Html(str):
    """Markup that the template passes through unescaped."""

    __slots__ = ()

    def __html__(self) -> str:
        """What a template engine asks for."""
        return str(self)


class Binder:
    """Hands the template bound text, and nothing that is not in a record."""

    def __init__(self, contents: Mapping[str, JsonValue]) -> None:
        self._contents = contents

    def __call__(self, record: str, path: str, fmt: str = "text", tag: str = "span") -> Html:
        """One element holding the printed value, with its record, path and format."""
        text = printed(self._contents, record, path, fmt)
        css = "n" if fmt in {"number", "chance", "position", "phrase"} else "t"
        return Html(
            f'<{tag} class="{css}" data-record="{html.escape(record)}"'
            f' data-path="{html.escape(path)}" data-format="{fmt}">{html.escape(text)}</{tag}>'
        )

    def number(self, record: str, path: str, fmt: str = "number") -> Html:
        """A figure that links to its record's row in the tables below."""
        inner = self(record, path, fmt)
        return Html(f'<a class="back" href="#{anchor(record)}">{inner}</a>')
