"""A text as the linter reads it: sentences and paragraphs, without code, addresses and links.

What is passed over is blanked, never cut, so that every position is that of the text as received.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

_PASSED_OVER = re.compile(
    r"^(?P<fence>```+|~~~+).*?^(?P=fence)[ \t]*$"  # fenced code
    r"|`[^`\n]*`"
    r"|<!--.{0,2000}?-->"
    r"|https?://\S+|\bdoi:\S+|\bwww\.\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"
    r"|(?<=\])\([^()\s]*\)"  # where a link leads
    r"|^(?: {4,}|\t)(?=.*[=(){};<>]).*$",  # indented code
    re.MULTILINE | re.DOTALL,
)
_WRAPPED = re.compile(r"(?<=[^\n]{45})(?<!\|)\n(?=[^\s\-*+•|#>=~(]|[“\"(][^\s])(?!\d{1,2}[.)]\s)")
"""The end of a line that goes on in the next: long enough to have been broken there."""
_BREAK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|\n(?=[ \t]*(?:[-*+•]|\d{1,2}[.)])[ \t])|\n(?=[ \t]*\|)")
_END = re.compile(r"[.!?][\"”’')\]]*(?=\s+[\"“\u2018'(\[]?[A-Z0-9])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|[Nn]o|[Nn]os|approx|[Cc]a|e\.g|i\.e|etc|vs|cf|al|[Ff]ig|[Ss]t|Mr|Mrs|Ms|Dr|Capt"
    r"|Jr|Sr|Co|Inc|Ltd|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|pp?|[Vv]ol|[Ee]d"
    r"|[Mm]in|[Mm]ax))$"
)


@dataclass(frozen=True)
class Prose:
    """A text with its masked copy of the same length."""

    text: str
    masked: str = field(repr=False)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(m.end() for m in re.finditer("\n", self.text))]

    @cached_property
    def paragraphs(self) -> list[tuple[int, int]]:
        """Start and end of each paragraph, list item or table row, empty ones left out."""
        edges = [0, *(m.end() for m in _BREAK.finditer(self.masked)), len(self.masked)]
        return [(a, b) for a, b in pairwise(edges) if self.masked[a:b].strip()]

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Start and end of each sentence; a paragraph's end is always one."""
        return [pair for a, b in self.paragraphs for pair in self._split(a, b)]

    @cached_property
    def _paragraph_starts(self) -> list[int]:
        return [a for a, _ in self.paragraphs]

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [a for a, _ in self.sentences]

    def _split(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        begun = start
        for match in _END.finditer(self.masked, start, end):
            if match.group(0)[0] == "." and _ABBREVIATED.search(self.masked[begun : match.start()]):
                continue
            yield begun, match.end()
            begun = match.end()
        yield begun, end

    def place(self, at: int) -> tuple[int, int]:
        r"""Line and column of a position, both counted from 1.

        Examples:
            >>> prose_of("one\ntwo three").place(8)
            (2, 5)

        """
        row = bisect_right(self._starts, at) - 1
        return row + 1, at - self._starts[row] + 1

    def paragraph_at(self, at: int) -> int:
        """Index of the paragraph that holds a position."""
        return max(bisect_right(self._paragraph_starts, at) - 1, 0)

    def sentence_at(self, at: int) -> int:
        """Index of the sentence that holds a position."""
        return max(bisect_right(self._sentence_starts, at) - 1, 0)

    def sentence(self, at: int) -> str:
        """The masked sentence that holds a position."""
        if not self.sentences:
            return ""
        start, end = self.sentences[self.sentence_at(at)]
        return self.masked[start:end]

    def excerpt(self, start: int, end: int) -> str:
        """What stands between two positions, on one line, at most 160 characters."""
        text = " ".join(self.text[start:end].split())
        return text if len(text) <= 160 else f"{text[:157]}…"


def prose_of(text: str) -> Prose:
    """Read a text; code, addresses and the targets of links are passed over.

    Examples:
        >>> prose = prose_of("It left `3 days` ago. Then, at St. Ives, it stayed. See www.x.org.")
        >>> [prose.masked[a:b].split()[0] for a, b in prose.sentences]
        ['It', 'Then,', 'See']

    """

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group(0))

    masked = _WRAPPED.sub(" ", _PASSED_OVER.sub(blank, text))
    return Prose(text, masked)
