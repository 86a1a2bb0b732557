"""Counts against the lists that they stand before, parts against wholes, remainders.

"The five cities of A, B, C and D, in addition to E": the list is counted as it is written, with
and without what is added. Only lists whose end is plain are counted: names after a plural, items
in brackets, a Markdown list after a colon.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from quaywatch.cases.lint_chronology import issue_at
from quaywatch.cases.lint_figures import NUMBER, WORD, number_of
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_prose import Prose

_SMALL = rf"(?:\b{WORD}\b|(?<![\w.,:/$€£#+-])\d{{1,3}}(?![\d.,:%/-]))"
_ADJECTIVES = r"(?:[a-z][a-z-]+ ){0,3}"
_PLURAL = r"(?:[a-z][a-z-]*[a-rt-z]s|[a-z]+ies|[a-z]+(?:ss|sh|ch|x|z)es|people|men|women|children)"
_NAME = (
    r"(?:the |a |an )?(?-i:[A-Z0-9][\w’'.&/-]*(?: (?:of |de |la |al |the |and the )?"
    r"(?:[A-Z][\w’'.&/-]*|\d+\b))*)"
)
_SEP = r"(?:, and |, or |, | and | or | & )"
_NAMES = re.compile(rf"{_NAME}(?:{_SEP}{_NAME})+")
_PLACES = (
    r"(?:cities|ports|towns|countries|states|provinces|districts|islands|regions|villages|counties"
    r"|terminals|harbou?rs|republics|nations|territories|rivers|seas|straits|languages|continents"
    r"|berths|anchorages|facilities|airports|stations)"
)
_OF = re.compile(
    rf"\b(?:the|these|those|its|their|all) (?P<n>{_SMALL}) {_ADJECTIVES}{_PLACES} of ",
    re.IGNORECASE,
)
_DIRECT = re.compile(
    rf"(?P<n>{_SMALL}) {_ADJECTIVES}{_PLURAL}(?: [a-z]+){{0,4}}"
    r"(?:\s?[–—:]\s|\s-\s|, namely |: | called |, i\.e\. )(?=(?:the )?[A-Z])"
)
_NAMED = re.compile(
    rf"\b[Tt]he (?P<n>{_SMALL}) {_ADJECTIVES}(?:ships|vessels|tankers|bulkers|carriers|freighters"
    r"|hulls|boats|cities|ports|towns|countries|islands|provinces|berths|companies) (?=[A-Z])"
)
_BRACKET = re.compile(
    rf"(?P<n>{_SMALL}) {_ADJECTIVES}{_PLURAL} \((?P<list>[^()]{{3,160}})\)", re.IGNORECASE
)
_SOME = re.compile(
    r"\b(?:including|include[sd]?|such as|e\.g|for example|for instance|among|mainly|mostly|notably"
    r"|especially|see|some|like|etc|per|each|plus|or more|at least|up to|not|only|via|about)\b"
    r"|\.\.\.|…",
    re.IGNORECASE,
)
_ADDED = re.compile(
    rf"^,? (?P<words>in addition to|as well as|along with|together with|plus) (?P<names>{_NAME}"
    rf"(?:{_SEP}{_NAME})*)",
    re.IGNORECASE,
)
_NOT_NAMES = re.compile(
    r"^(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April"
    r"|June|July|August|September|October|November|December|The|This|It|In|If|We|You|Its?)\b"
)


def count_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Numbers before lists of another length.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> prose = prose_of("They called at the five cities of Aa, Bb, Cc and Dd, in addition to "
        ...                  "the Ee zone.")
        >>> next(count_issues(prose)).computed
        '4 are named; 5 only with the 1 added by “in addition to”'
        >>> list(count_issues(prose_of("Three of the ships - the Aa, Bb and Cc - left.")))
        []

    """
    seen: set[int] = set()
    for pattern in (_OF, _NAMED, _DIRECT):
        for match in pattern.finditer(prose.masked):
            if match.start() in seen or _part_of(prose, match) or _hedged(prose, match):
                continue
            listed = _NAMES.match(prose.masked, match.end())
            if listed is None or _NOT_NAMES.match(listed.group(0)):
                continue
            _, last = prose.sentences[prose.sentence_at(match.start())]
            if pattern is _DIRECT and not _ends(prose.masked[listed.end() : last]):
                continue
            seen.add(match.start())
            yield from _against(prose, match, listed)
    yield from _bracket_issues(prose)


def _ends(rest: str) -> bool:
    """Whether a list of names ends here: at its sentence, a dash, or what is added to it."""
    return bool(re.match(r"\s*(?:$|[.;)]|[–—]|- )", rest)) or _ADDED.match(rest) is not None


def _part_of(prose: Prose, match: re.Match[str]) -> bool:
    """Whether the list is of a part: "three of the six vessels - A, B and C"."""
    return re.search(r"\b(?:of|out of) (?:the |its |their |all )?$", prose.masked[
        max(match.start("n") - 20, 0) : match.start("n")
    ], re.IGNORECASE) is not None and match.re is not _OF  # fmt: skip


def _hedged(prose: Prose, match: re.Match[str]) -> bool:
    before = prose.masked[max(match.start("n") - 16, 0) : match.start("n")]
    return (
        re.search(
            r"\b(?:about|at least|some|over|than|to|or|nearly|almost|other|first|last|top|next"
            r"|another|around|between|version|python|page|section|step|level|[–-])\s*$",
            before,
            re.IGNORECASE,
        )
        is not None
        or _SOME.search(match.group(0)) is not None
    )


def _items(text: str) -> set[int]:
    """How many items a list may be read as having: an "and" may stand inside a name."""
    parts = [part for part in re.split(r",(?: and| or)? |, ", text) if part.strip()]
    inside = [len(re.findall(r" and | or | & ", part)) for part in parts]
    counts = {len(parts) + sum(inside)}
    if sum(inside) > 1 or (inside and inside[-1] == 0 and sum(inside)):
        counts |= set(range(len(parts), len(parts) + sum(inside) + 1))
    return counts


def _against(prose: Prose, match: re.Match[str], listed: re.Match[str]) -> Iterator[SourceIssue]:
    number = int(number_of(match["n"]))
    counts = _items(listed.group(0))
    if number in counts or number < 2:
        return
    named = max(counts)
    end = listed.end()
    computed = f"{named} are named"
    may_mean = [str(named), "a name left out" if number > named else "a name too many"]
    added = _ADDED.match(prose.masked[end:])
    if added is not None:
        more = max(_items(added["names"]))
        end += added.end()
        if number == named + more:
            computed += f"; {number} only with the {more} added by “{added['words']}”"
            may_mean = [
                f"{named}, and {more} that is counted apart",
                f"{number}, if what is added counts as one of them",
            ]
    yield issue_at(
        prose,
        match.start(),
        end,
        code="count-mismatch",
        computed=computed,
        may_mean=may_mean,
    )


def _bracket_issues(prose: Prose) -> Iterator[SourceIssue]:
    for match in _BRACKET.finditer(prose.masked):
        listed = match["list"]
        if _SOME.search(match.group(0)) or _hedged(prose, match) or _part_of(prose, match):
            continue
        plain = re.split(r", and |, or |, | and | or ", listed)
        # A list closed by "and", of names or numbers alone: other brackets may explain, not list.
        if not re.search(r"(?:,| )\s?and [^,]+$", listed) or len(plain) < 2:
            continue
        if not all(re.fullmatch(r"(?:the )?(?-i:[A-Z][\w’'.-]*(?: [A-Z0-9][\w’'.-]*)*)", p.strip())
                   for p in plain):  # fmt: skip
            continue
        number, counts = int(number_of(match["n"])), _items(listed)
        if number not in counts:
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="count-mismatch",
                computed=f"{max(counts)} are named",
                may_mean=(str(max(counts)), "a name left out or too many"),
            )


_BULLET = re.compile(r"^(?P<indent>[ \t]*)(?:[-*+•]|\d{1,2}[.)]|\([a-z0-9]\))[ \t]+\S")
_BEFORE_LIST = re.compile(
    rf"(?:\b(?:the|these|following|in|has|have|are|were|with|of)\s+|^)(?P<n>{_SMALL})\s+"
    rf"{_ADJECTIVES}{_PLURAL}(?: [a-z]+){{0,3}}:\s*$",
    re.IGNORECASE,
)


def listing_issues(prose: Prose) -> Iterator[SourceIssue]:
    r"""Numbers before a list of lines of another length.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> next(listing_issues(prose_of("It has three parts:\n\n- one\n- two\n"))).computed
        '2 items follow'

    """
    lines = prose.text.split("\n")
    for start, end in prose.paragraphs:
        paragraph = prose.masked[start:end].rstrip()
        sentence = paragraph.rsplit(". ", 1)[-1]
        match = _BEFORE_LIST.search(" ".join(sentence.split()))
        if match is None or _SOME.search(match.group(0).replace(" not ", " ")):
            continue
        row = prose.place(start + len(paragraph) - 1)[0]
        items = _list_below(lines[row:])
        number = int(number_of(match["n"]))
        if items < 2 or number < 2 or items == number:
            continue
        begun = start + len(paragraph) - len(sentence)
        yield issue_at(
            prose,
            begun,
            start + len(paragraph),
            code="count-mismatch",
            computed=f"{items} items follow",
            may_mean=(str(items), "an item left out or too many"),
        )


def _list_below(lines: list[str]) -> int:
    """Items of the list that these lines begin with, those indented further left out."""
    count, indent, blank = 0, None, 0
    for line in lines:
        bullet = _BULLET.match(line)
        if not line.strip():
            blank += 1
        elif bullet:
            own = len(bullet["indent"].expandtabs())
            indent = own if indent is None else indent
            count += own == indent
            blank = 0
        elif indent is None or (blank and not line.startswith((" ", "\t"))):
            break
        else:
            blank = 0
    return count


_PART = re.compile(
    rf"(?<![\d.,/:$€£-])(?P<part>{NUMBER})(?P<scale>\s(?:hundred|thousand|million|billion))?"
    rf"\s(?:out )?of (?:the |its |their |these |those |all )?(?P<whole>{NUMBER})"
    r"(?P<scale2>\s(?:hundred|thousand|million|billion))?\s(?P<noun>[a-z]{3,})",
    re.IGNORECASE,
)
_NO_WHOLE = {
    "percent", "per", "years", "year", "days", "hours", "months", "metres", "meters", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct",
    "nov", "dec",
}  # fmt: skip
"""What a number is not a part of: "Resolution 2371 of 5 August"."""
_SHARES = _NO_WHOLE - {"years", "year", "days", "hours", "months"}


def part_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Parts larger than what they are part of.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> [issue.excerpt for issue in part_issues(prose_of("Seven of the six ships left."))]
        ['Seven of the six ships']

    """
    for match in _PART.finditer(prose.masked):
        # "Ten of the six days" is a part, "Resolution 2371 of 5 August" none.
        counted = re.search(
            r"\bof (?:the|these|those|its|their|all) ", match.group(0), re.IGNORECASE
        )
        if match["scale"] or match["scale2"]:
            continue
        if match["noun"].lower() in (_NO_WHOLE if counted is None else _SHARES):
            continue
        if 1800 <= number_of(match["part"]) <= 2100 and match["part"][0].isdigit():
            continue  # a year
        part, whole = number_of(match["part"]), number_of(match["whole"])
        if part > whole > 1 and float(part).is_integer() and float(whole).is_integer():
            yield issue_at(
                prose,
                match.start(),
                match.end(),
                code="part-exceeds-whole",
                computed=f"{part:,.0f} is more than {whole:,.0f}",
                may_mean=("the two exchanged", "another number in either place"),
            )


_ALL_BUT = re.compile(
    rf"\ball (?:except|but|save) (?P<less>{WORD}|\d{{1,3}})\b(?P<rest>[^.;]{{0,100}})",
    re.IGNORECASE,
)
_WHOLE = re.compile(rf"(?<![\d.,:/$-])(?P<n>{NUMBER})\s(?P<noun>[a-z]+)\b", re.IGNORECASE)
_COUNTED = re.compile(rf"(?<![\d.,/:$-])(?P<n>\d{{1,4}}|{WORD})\s(?P<rest>(?:[\w-]+\s?){{1,4}})")


def remainder_issues(prose: Prose) -> Iterator[SourceIssue]:
    """Counts of what remains: "18 voyages, all except one to A", then "the 16 visits to A".

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> text = "It made 18 voyages, all except one to Chinese ports. "
        >>> found = remainder_issues(prose_of(text + "The 16 Chinese port visits were brief."))
        >>> next(found).computed
        '18 less 1 is 17'
        >>> list(remainder_issues(prose_of(text + "The 17 Chinese port visits were brief.")))
        []

    """
    for match in _ALL_BUT.finditer(prose.masked):
        begun = prose.sentences[prose.sentence_at(match.start())][0]
        wholes = list(_WHOLE.finditer(prose.masked, begun, match.start()))
        if not wholes:
            continue
        whole, less = number_of(wholes[-1]["n"]), number_of(match["less"])
        if not whole.is_integer() or whole > 1000 or less >= whole:
            continue
        stems = _stems(match["rest"])
        after = prose.masked[match.end() : match.end() + 400]
        for later in _COUNTED.finditer(after):
            n = number_of(later["n"])
            alike = stems & _stems(later["rest"])
            if len(alike) < min(2, len(stems)) or not alike or n in {whole, less, whole - less}:
                continue
            if abs(n - (whole - less)) > max(3.0, 0.2 * whole) or n < 3:
                continue
            yield issue_at(
                prose,
                match.end() + later.start(),
                match.end() + later.end(),
                code="remainder-mismatch",
                severity=Severity.CHECK,
                computed=f"{whole:.0f} less {less:.0f} is {whole - less:.0f}",
                may_mean=(f"{whole - less:.0f}", "a count of something else"),
            )


def _stems(text: str) -> set[str]:
    words = re.findall(r"[A-Za-z]{4,}", text)
    return {word.lower()[:5].rstrip("s") for word in words}


_ROW = re.compile(r"^\s*\|(.+)\|\s*$")
_CELL = re.compile(r"^[*_~\s]*(?:[$€£]\s?)?(-?\d{1,3}(?:[, ]\d{3})+|-?\d+)(\.\d+)?[*_\s]*$")
_TOTAL = re.compile(r"^[*_\s]*(?:grand |sub)?(?:total|sum)s?\b", re.IGNORECASE)
_NO_SUM = re.compile(
    r"%|share|rate|mean|median|average|per\b|ratio|recall|precision|id\b|year", re.IGNORECASE
)


def table_issues(prose: Prose) -> Iterator[SourceIssue]:
    r"""Columns of a Markdown table whose total row is not their sum.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> text = "| ship | tonnes |\n|---|---|\n| A | 100 |\n| B | 250 |\n| total | 360 |\n"
        >>> next(table_issues(prose_of(text))).computed
        'the column “tonnes” adds up to 350'

    """
    lines = prose.text.split("\n")
    starts = [0, *(i + 1 for i, c in enumerate(prose.text) if c == "\n")]
    begun = [
        i for i, (a, b) in enumerate(pairwise(["", *lines])) if _ROW.match(b) and not _ROW.match(a)
    ]
    for first in begun:
        rows: list[list[str]] = []
        for line in lines[first:]:
            match = _ROW.match(line)
            if match is None:
                break
            rows.append([cell.strip() for cell in match[1].split("|")])
        yield from _totals(prose, rows, starts[first : first + len(rows)], lines[first:])


def _totals(
    prose: Prose, rows: list[list[str]], starts: list[int], lines: list[str]
) -> Iterator[SourceIssue]:
    if len(rows) < 5 or not _TOTAL.match(rows[-1][0]):
        return
    head, body, total = rows[0], rows[2:-1], rows[-1]
    for column in range(1, min(len(row) for row in rows)):
        cells = [_CELL.match(row[column]) for row in [*body, total]]
        if any(cell is None for cell in cells) or _NO_SUM.search(head[column]):
            continue
        values = [float(re.sub(r"[, ]", "", c[1]) + (c[2] or "")) for c in cells if c]
        digits = max(len(c[2] or ".") - 1 for c in cells if c)
        slack = 0.5 * 10**-digits * len(values) if digits else 0.5
        added = sum(values[:-1])
        if abs(added - values[-1]) > slack:
            at = starts[-1]
            yield issue_at(
                prose,
                at,
                at + len(lines[len(rows) - 1]),
                code="table-sum",
                computed=f"the column “{head[column]}” adds up to {added:,.{digits}f}",
                may_mean=("a row left out", "another figure in the column or the total"),
            )
