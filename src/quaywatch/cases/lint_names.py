"""Names that look like one name spelt in two ways inside a text.

Rare beside frequent is what a slip looks like; two names that are both told often, that differ in
a number, or that are both ports on the map are taken for two names.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from quaywatch.cases.lint_chronology import issue_at
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_prose import Prose

_LETTERS = r"[A-Z][\w’'-]*|[A-Z]+"
_NAME = re.compile(rf"(?<![\w.@#/\\-])(?:{_LETTERS})(?:[ \t](?:{_LETTERS}|\d{{1,3}}\b))*")
_CODE = re.compile(r"[a-z][A-Z]|_|\d[A-Za-z]|[A-Za-z]\d")
_ENDINGS: Final = (
    "s", "es", "n", "an", "ian", "ese", "ish", "i", "ic", "al", "ed", "er", "ing", "ly", "'s", "’s",
    "a", "d", "r", "y", "e", "x",
)  # fmt: skip
_CUSTOMARY: Final = (
    ("ph", "p"), ("mph", "mp"), ("kh", "k"), ("gh", "g"), ("th", "t"), ("ts", "z"), ("ch", "j"),
    ("y", "i"), ("oo", "u"), ("ou", "u"), ("ae", "e"), ("v", "w"), ("ck", "k"), ("c", "k"),
    ("g", "k"), ("b", "p"), ("d", "t"), ("ise", "ize"), ("isation", "ization"), ("our", "or"),
    ("centre", "center"), ("r", "n"),
)  # fmt: skip
"""Spellings that two systems of writing one name customarily differ in."""
_LONGEST: Final = 7
"""Words of a name."""
_SHORT: Final = 6
"""Letters below which a single word is never held against another: too many are alike."""


@dataclass(frozen=True, slots=True)
class _Named:
    start: int
    end: int
    tokens: tuple[str, ...]


def _plain(token: str) -> str:
    token = re.sub(r"[’']s$|['’]$", "", token)
    folded = unicodedata.normalize("NFKD", token)
    return "".join(c for c in folded if not unicodedata.combining(c)).lower()


def edits(one: str, other: str) -> int:
    """Letters to change, drop, add or exchange with a neighbour, at most 2 told apart.

    Source:
        Damerau (1964), doi:10.1145/363958.363994; the restricted ("optimal string alignment") form.

    Examples:
        >>> edits("mei", "mai"), edits("nampo", "nampho"), edits("yantai", "dalian")
        (1, 1, 2)

    """
    if one == other:
        return 0
    if abs(len(one) - len(other)) > 1:
        return 2
    head = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if head is None:
        return 1
    a, b = one[head:], other[head:]
    single = a[1:] == b[1:] or a[1:] == b or a == b[1:]
    swapped = len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    return 1 if single or swapped else 2


def _names_of(prose: Prose) -> list[_Named]:
    found = []
    for match in _NAME.finditer(prose.masked):
        tokens = re.split(r"[ \t]+", match.group(0))
        # What a sentence begins with is written large in any case.
        opens = prose.sentences[prose.sentence_at(match.start())][0]
        lead = re.fullmatch(
            r"[\s\"“\u2018'(\[#*>|•-]*(?:\d+[.)])?\s*", prose.masked[opens : match.start()]
        )
        start = match.start()
        if lead is not None and len(tokens) > 1 and tokens[0].lower() in _COMMON:
            start += len(tokens[0]) + 1
            tokens = tokens[1:]
        elif lead is not None and len(tokens) == 1 and not tokens[0].isupper():
            continue
        while tokens and tokens[0].lower() in {"copyright", "author", "authors", "by"}:
            start += len(tokens[0]) + 1
            tokens = tokens[1:]
        # Whole sentences in capitals, as in licences, and headings are no names.
        shouted = len(tokens) > 3 and all(token.isupper() for token in tokens)
        shouted = shouted or len(tokens) > _LONGEST
        if not tokens or shouted or any(_CODE.search(token) for token in tokens):
            continue
        found.append(_Named(start, match.end(), tuple(_plain(t) for t in tokens)))
    return found


_COMMON: Final = frozenset((
    "the", "a", "an", "this", "that", "these", "those", "in", "on", "at", "by", "for", "from", "to",
    "of", "and", "but", "or", "as", "if", "when", "while", "where", "after", "before", "since",
    "until", "then", "later", "all", "both", "some", "many", "most", "each", "every", "no", "not",
    "its", "it", "he", "she", "they", "we", "our", "their", "his", "her", "with", "without",
    "despite", "during", "over", "under", "between", "according",
))  # fmt: skip
"""Words that begin sentences, and no names."""


def name_issues(
    prose: Prose, *, different: Callable[[str, str], bool] = lambda _, __: False
) -> Iterator[SourceIssue]:
    """Near-duplicates of a name: once or twice so, and otherwise differently.

    Args:
        prose: the text.
        different: whether two names are known to be two, as two ports of a gazetteer are.

    Examples:
        >>> from quaywatch.cases.lint_prose import prose_of
        >>> text = "The Bai Mei 8 left. Then the Bai Mai 8 came; the Bai Mei 8 and Bai Mei 9 met."
        >>> [(i.code, i.excerpt) for i in name_issues(prose_of(text))]
        [('name-differs', 'Bai Mai 8')]

    """
    named = _names_of(prose)
    phrases = Counter(n.tokens for n in named)
    singles = Counter(t for n in named for t in n.tokens if t.isalpha())
    lower = set(re.findall(r"(?<![\w-])[a-z][\w’'-]*", prose.masked))
    where: dict[tuple[str, ...], list[_Named]] = defaultdict(list)
    for one in named:
        where[one.tokens].append(one)
    shouted = {_plain(w) for w in re.findall(r"\b[A-Z]{4,}\b", prose.masked)}
    told: set[tuple[str, str]] = set()
    alone: Counter[tuple[str, ...]] = Counter({(word,): n for word, n in singles.items()})
    for rare, frequent in _pairs_of_phrases(phrases):
        pair = next((a, b) for a, b in zip(rare, frequent, strict=True) if a != b)
        if different(" ".join(rare), " ".join(frequent)) or pair in told or set(pair) <= lower:
            continue
        told.add(pair)
        shown = prose.excerpt(where[frequent][0].start, where[frequent][0].end)
        yield from _issues(prose, where[rare], (rare, frequent, shown), phrases)
    known = {token for pair in told for token in pair}
    for word, other in _pairs_of_words(singles, lower, shouted):
        if word in known or different(word, other):
            continue
        places = [n for n in named if word in n.tokens and _alike(n, word, other, named)]
        yield from _issues(prose, places, ((word,), (other,), other.capitalize()), alone)


def _alike(place: _Named, rare: str, frequent: str, named: list[_Named]) -> bool:
    """Whether a word stands alone, or beside a word that the other one stands beside too.

    Michel Mooij and Michael Meier are two people, whose first names are nearly alike.
    """
    beside = set(place.tokens) - {rare}
    shared = {t for n in named if frequent in n.tokens for t in n.tokens}
    return not beside or bool(beside & shared)


def _pairs_of_phrases(
    phrases: Counter[tuple[str, ...]],
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Names of several words that differ in one letter of one word."""
    buckets: dict[tuple[int, int, str], list[tuple[str, ...]]] = defaultdict(list)
    for phrase in phrases:
        if len(phrase) < 2:
            continue
        for skipped in range(len(phrase)):
            rest = " ".join(t for i, t in enumerate(phrase) if i != skipped)
            buckets[len(phrase), skipped, rest].append(phrase)
    for (_, skipped, rest), alike in sorted(buckets.items()):
        for i, one in enumerate(alike):
            for other in alike[i + 1 :]:
                if not _one_letter_apart(one[skipped], other[skipped], rest):
                    continue
                rare, frequent = sorted((one, other), key=lambda p: (phrases[p], p))
                if phrases[rare] < phrases[frequent] and phrases[rare] <= 2:
                    yield rare, frequent


def _one_letter_apart(one: str, other: str, rest: str) -> bool:
    """Whether two words beside the same others are one word, one of them mistyped."""
    if not (one.isalpha() and other.isalpha()) or _grammar(one, other):
        return False
    if min(len(one), len(other)) < 3 or edits(one, other) != 1:
        return False
    return max(len(one), len(other)) >= 5 or re.search(r"[a-z]{3}|\d", rest) is not None


def _pairs_of_words(
    singles: Counter[str], lower: set[str], shouted: set[str]
) -> Iterator[tuple[str, str]]:
    """Single words, long ones only, that differ in one letter; a rare one and a frequent one.

    Ships are often written in capitals: of those a letter less is asked.
    """
    words = sorted(w for w in singles if len(w) >= _SHORT - 2 and w not in lower)
    buckets: dict[str, set[str]] = defaultdict(set)
    for word in words:
        for at in range(len(word)):
            buckets[word[:at] + "·" + word[at + 1 :]].add(word)
            buckets[word[:at] + "·" + word[at:]].add(word)
        buckets[word + "·"].add(word)
    pairs = {
        tuple(sorted((a, b), key=lambda w: (singles[w], w)))
        for alike in buckets.values()
        for a in alike
        for b in alike
        if a < b
    }
    for rare, frequent in sorted(pairs):
        if _grammar(rare, frequent) or edits(rare, frequent) != 1 or rare[0] != frequent[0]:
            continue
        if max(len(rare), len(frequent)) < _SHORT - (frequent in shouted):
            continue
        if singles[rare] <= 2 and singles[frequent] >= max(3, 3 * singles[rare]):
            yield rare, frequent


def _grammar(one: str, other: str) -> bool:
    """Whether they differ as words do by grammar: Korea and Korean, port and ports."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and long[len(short) :] in _ENDINGS


def customary(one: str, other: str) -> bool:
    """Whether two spellings differ as systems of writing one name customarily do.

    Examples:
        >>> customary("nampo", "nampho"), customary("mei", "mai")
        (True, False)

    """
    return any(
        one.replace(a, b, 1) == other
        or other.replace(a, b, 1) == one
        or one.replace(a, b) == other
        or other.replace(a, b) == one
        for a, b in _CUSTOMARY
    )


def _issues(
    prose: Prose,
    places: list[_Named],
    pair: tuple[tuple[str, ...], tuple[str, ...], str],
    counts: Counter[tuple[str, ...]],
) -> Iterator[SourceIssue]:
    rare, frequent, other = pair
    a, b = next((x, y) for x, y in zip(rare, frequent, strict=True) if x != y)
    variant = customary(a, b)
    clear = len(rare) > 1 and counts[frequent] >= 2 * counts[rare]
    severity = Severity.SLIP if clear and not variant else Severity.CHECK
    times = "once" if counts[rare] == 1 else "twice"
    for place in places:
        yield issue_at(
            prose,
            place.start,
            place.end,
            code="name-variant" if variant else "name-differs",
            severity=severity,
            computed=f"written so {times}; “{other}” {counts[frequent]} times",
            may_mean=(f"the same as “{other}”", "another name"),
        )
