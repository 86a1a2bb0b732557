"""Does a source really say so? The verbatim words looked up where the record says they stand."""

import re
from functools import lru_cache

_LINES = re.compile(r"lines? (\d+)(?:\s*[-–]\s*(\d+))?\Z")
_RECORD = re.compile(r"record \d+\Z")


_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"PK\x03\x04")


def names_lines(locator: str) -> bool:
    """Whether the locator names lines of a text."""
    return bool(_LINES.match(locator))


def _plain(text: str) -> str:
    """White space levelled: a sentence broken over lines is the same sentence."""
    return " ".join(text.split())


@lru_cache(maxsize=4)
def _lines_of(data: bytes) -> tuple[str, ...]:
    """Kept for a few sources: a case may quote one text a thousand times."""
    return tuple(data.decode("utf-8", errors="replace").split("\n"))


@lru_cache(maxsize=4)
def _plain_of(data: bytes) -> str:
    return _plain(data.decode("utf-8", errors="replace"))


def stands_at(raw: str, locator: str, data: bytes) -> bool | None:
    r"""Whether ``raw`` stands at ``locator`` in the bytes of a UTF-8 text.

    Args:
        raw: the verbatim words.
        locator: ``lines 88-90`` or ``line 88`` (from 1), ``whole``, or ``record 1042``; of the
            last only that some line holds the words.
        data: the source.

    Returns:
        None where there is no looking up: the locator names no such place, or the bytes are
        compressed.

    Examples:
        >>> stands_at("a ship was seen", "lines 1-2", b"On Monday a ship\nwas seen.")
        True
        >>> stands_at("a ship was seen", "line 1", b"On Monday a ship\nwas seen.")
        False

    """
    if data.startswith(_PACKED):
        return None
    if match := _LINES.match(locator):
        first, last = int(match[1]), int(match[2] or match[1])
        text = _plain("\n".join(_lines_of(data)[max(first - 1, 0) : last]))
    elif locator == "whole" or _RECORD.match(locator):
        text = _plain_of(data)
    else:
        return None
    return bool(raw.strip()) and _plain(raw) in text
