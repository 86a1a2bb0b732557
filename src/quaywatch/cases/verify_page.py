"""Read a dossier's page again and hold every printed number against the record it names.

This stands on the store alone: a page and a manifest changed together still fail here.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from html.parser import HTMLParser

from pydantic import JsonValue

from quaywatch.cases.bind import printed

_STATIC = re.compile(r"\b(?:SHA-256|ICD-203|WGS84)\b")
"""Names that hold digits and are no figures."""
_VOID = {"img", "br", "meta", "link", "hr", "input", "source", "wbr"}
_BANNED = {"script", "link", "iframe", "object", "embed", "base", "form", "video", "audio", "svg"}
_SKIPPED = {"style"}
_FETCHES = re.compile(r"url\s*\(|@import", re.IGNORECASE)
_DATA_URI = re.compile(r"data:image/(?:png|svg\+xml);base64,([A-Za-z0-9+/=]*)\Z")


class PageReader(HTMLParser):
    """Collects what a page binds, and every way in which it breaks its own rules."""

    def __init__(
        self,
        contents: Mapping[str, JsonValue],
        *,
        objects: frozenset[str],
        figures: Mapping[str, str],
        links: frozenset[str],
    ) -> None:
        super().__init__(convert_charrefs=True)
        self._contents = contents
        self._objects, self._figures, self._links = objects, figures, links
        self._open: list[str] = []
        self._bound: tuple[str, str, str, int] | None = None
        self._text = ""
        self.bound: set[tuple[str, str]] = set()
        """(record, pointer) of everything printed."""
        self.numbers = 0
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        has = {name: value or "" for name, value in attrs}
        if tag in _BANNED:
            self.wrong.append(f"the page holds a <{tag}>, which a dossier never does")
        self._check_addresses(has)
        for name in ("alt", "title", "aria-label"):
            if name in has and "data-record" not in has and self._has_digit(has[name]):
                self.wrong.append(f"{name}={has[name]!r} holds a number that names no record")
        if self._bound is not None:
            self.wrong.append(f"<{tag}> stands inside the text of {self._bound[0]}")
        if tag == "img":
            self._check_image(has)
        elif "data-record" in has:
            at = has["data-record"], has.get("data-path", ""), has.get("data-format", "")
            self._bound, self._text = (*at, len(self._open)), ""
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and compare its text if it was bound."""
        if tag not in self._open:
            return
        while self._open.pop() != tag:
            pass
        if self._bound is not None and len(self._open) <= self._bound[3]:
            record, path, fmt, _ = self._bound
            self._bound = None
            self._compare(record, path, fmt, self._text)

    def handle_data(self, data: str) -> None:
        """Text: bound, or free of digits."""
        if self._open and self._open[-1] in _SKIPPED:
            if _FETCHES.search(data):
                self.wrong.append("the page's style sheet fetches something")
            return
        if self._bound is not None:
            self._text += data
        elif self._has_digit(data):
            self.wrong.append(
                f"{' '.join(data.split())[:80]!r} holds a number that names no record"
            )

    @staticmethod
    def _has_digit(text: str) -> bool:
        return any(char.isdigit() for char in _STATIC.sub("", text))

    def _compare(self, record: str, path: str, fmt: str, text: str) -> None:
        try:
            expected = printed(self._contents, record, path, fmt)
        except (LookupError, ValueError, TypeError):
            self.wrong.append(
                f"{text[:80]!r} names {record}{path}, where there is nothing to print"
            )
            return
        self.numbers += 1
        self.bound.add((record, path))
        if text != expected:
            self.wrong.append(
                f"the page prints {text[:80]!r} where {record}{path} says {expected[:80]!r}"
            )

    def _check_addresses(self, has: Mapping[str, str]) -> None:
        for name in ("src", "href", "srcset", "style", "action", "background"):
            address = has.get(name)
            if address is None or address.startswith("#") or _DATA_URI.match(address):
                continue
            if name != "href" or address not in self._links:
                self.wrong.append(f"{name}={address[:80]!r} leads out of the page")
        self.wrong.extend(f"the page runs code in {name}" for name in has if name.startswith("on"))

    def _check_image(self, has: Mapping[str, str]) -> None:
        match = _DATA_URI.match(has.get("src", ""))
        try:
            data = base64.b64decode(match[1], validate=True) if match else b""
        except binascii.Error:
            data = b""
        found = hashlib.sha256(data).hexdigest()
        if "data-object" in has:
            if found != has["data-object"] or found not in self._objects:
                self.wrong.append("a plate is not the object that the claim cites")
            self._compare(
                has.get("data-record", ""),
                has.get("data-path", ""),
                has.get("data-format", ""),
                has.get("alt", ""),
            )
        elif self._figures.get(has.get("data-figure", "")) != found:
            self.wrong.append("a map or timeline is not the one that was drawn")


def read_page(
    html: str,
    contents: Mapping[str, JsonValue],
    *,
    objects: frozenset[str],
    figures: Mapping[str, str],
    links: frozenset[str],
    must_print: frozenset[tuple[str, str]],
) -> tuple[int, list[str]]:
    """Hold a page against what it may print.

    Args:
        html: the page.
        contents: record id → content, as ``page.page_contents`` gives it.
        objects: SHA-256 of the pictures that claims cite.
        figures: name → SHA-256 of what was drawn for this page.
        links: addresses outside the page to which it may link.
        must_print: (record, pointer) of what may not be missing.

    Returns:
        How many bound texts were compared, and what is wrong, one sentence each.

    """
    reader = PageReader(contents, objects=objects, figures=figures, links=links)
    reader.feed(html)
    reader.close()
    missing = sorted(must_print - reader.bound)
    reader.wrong.extend(f"the page does not print {record}{path}" for record, path in missing)
    return reader.numbers, reader.wrong
