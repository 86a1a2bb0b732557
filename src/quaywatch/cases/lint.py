"""Words that a dossier may not say in its own voice.

Likelihood is computed and its wording follows; legal conclusions are a court's; nothing is above
99%; an innocent explanation stands beside every finding. What others wrote may stand verbatim,
inside quotation marks. METHODS §10; ICD-203 (2015) D.6.e(2).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from quaywatch.cases.case import Case
from quaywatch.cases.closure import Closure
from quaywatch.cases.contents import read_check
from quaywatch.evidence.record import Basis, Claim, Finding
from quaywatch.evidence.wording import term

_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]")
_LEGAL = re.compile(
    r"\b(?:violat\w+|illegal\w*|illicit\w*|unlawful\w*|guilt\w*|crim(?:e|es|inal\w*)|smuggl\w+"
    r"|complicit\w*|culpabl\w+|perpetrat\w+|contraband|traffick\w+"
    r"|(?:sanctions?|embargo)[\s-]+(?:evasion|evad\w+|bust\w+|breach\w*|breaking)"
    r"|(?:evad\w+|breach\w*|circumvent\w*|flout\w*|bust\w*|broke|breaks?|breaking)\s+"
    r"(?:\w+\s+){0,3}?(?:sanctions?|embargo\w*|resolutions?))\b",
    re.IGNORECASE,
)
_OVERSTATED = re.compile(
    r"\b(?:prov(?:es?|en|ed)\s+(?:that|beyond)|beyond (?:any |all )?(?:reasonable )?doubt"
    r"|undoubtedly|without (?:a )?doubt|certainly|definitely|unquestionably|indisputabl\w+)\b",
    re.IGNORECASE,
)
_INTENT_OF_GAP = re.compile(
    r"\b(?:switch\w*|turn\w*|shut\w*)\s+(?:\w+\s+){0,3}?off\b|\b(?:went|go(?:es|ing)?) dark\b",
    re.IGNORECASE,
)
_CHANCE = re.compile(
    r"\b(?P<word>almost no chance|roughly even chance|almost certain(?:ly)?|nearly certain"
    r"|highly (?:un)?likely|very (?:un)?likely|(?:un)?likely|(?:im)?probabl[ey]|presumabl[ey]"
    r"|possibly|conceivabl[ey]|remote chance)\b(?P<bound>\s*\((?:at (?:least|most) )?"
    r"(?P<percent>\d+(?:\.\d+)?)\s*%\))?",
    re.IGNORECASE,
)
_COMPARED = re.compile(r"\b(?:more|less|as)\s+$", re.IGNORECASE)
_PERCENT = re.compile(
    r"(?P<percent>\d+(?:\.\d+)?)\s*%(?!\s+(?:of|clear|usable|cloud\w*|covered|quantile|radius|disc))"
)
_IMPOSSIBLE = re.compile(r"\bimpossib(?:le|ly|ility)\b", re.IGNORECASE)
_DESIGN = re.compile(
    r"\b(?:deceiv\w+|deceit\w*|decepti\w+|conceal\w*|hid(?:e|es|ing|den)|falsif\w+|spoof\w*"
    r"|disguis\w+|fak(?:e|es|ed|ing)|mask(?:s|ed|ing)|fabricat\w+|forg(?:ed|ery|ing))\b",
    re.IGNORECASE,
)
_REMEDY = {
    "legal-conclusion": "say what was seen or computed; leave the law to a court",
    "overstated": "state the probability instead",
    "motive-of-a-gap": "say “gap”: why a transponder was not heard is not observed",
    "unbound-chance": "give its probability beside it, such as “likely (71%)”, or leave it out",
    "chance-mismatch": "use the word that ICD-203 has for that figure",
    "above-99": "nothing is stated above 99%",
    "no-innocent-rival": "add the best explanation in which nobody meant to deceive",
    "unbacked-impossible": "“impossible” needs a check whose verdict is “impossible”",
}


@dataclass(frozen=True, slots=True)
class LintIssue:
    """One wording that goes further than the evidence."""

    code: str
    where: str
    """Which record and which of its texts."""
    excerpt: str

    def __str__(self) -> str:
        """One line: where, what, and what to write instead."""
        return f"{self.where}: {self.excerpt!r} [{self.code}]: {_REMEDY[self.code]}"


def lint_text(text: str, *, where: str) -> tuple[LintIssue, ...]:
    """Issues of one text in our own voice; verbatim quotes in it are passed over.

    Examples:
        >>> [issue.code for issue in lint_text("A violation, likely.", where="here")]
        ['legal-conclusion', 'unbound-chance']
        >>> lint_text("OSC writes “a violation”. It is likely (71%).", where="here")
        ()

    """
    ours = _QUOTED.sub("“”", text)
    found = [
        LintIssue(code, where, match.group(0))
        for code, pattern in (
            ("legal-conclusion", _LEGAL),
            ("overstated", _OVERSTATED),
            ("motive-of-a-gap", _INTENT_OF_GAP),
        )
        for match in pattern.finditer(ours)
    ]
    found.extend(_chances(ours, where))
    found.extend(
        LintIssue("above-99", where, match.group(0))
        for match in _PERCENT.finditer(ours)
        if float(match["percent"]) > 99
    )
    return tuple(found)


def _chances(text: str, where: str) -> Iterator[LintIssue]:
    for match in _CHANCE.finditer(text):
        if _COMPARED.search(text[: match.start()]):
            continue
        if match["bound"] is None:
            yield LintIssue("unbound-chance", where, match["word"])
        elif match["word"].lower() not in _terms_of(float(match["percent"])):
            yield LintIssue("chance-mismatch", where, match.group(0))


def _terms_of(percent: float) -> set[str]:
    """The terms of every probability that rounds to this percentage."""
    ends = (percent - 0.499, percent + 0.499)
    return {term(min(max(end / 100, 0.0), 1.0)) for end in ends}


def _texts_of_finding(finding: Finding) -> Iterator[tuple[str, str]]:
    yield "statement", finding.statement
    yield "argument", finding.argument
    yield "source_confidence", finding.source_confidence
    for name in ("assumptions", "would_refute"):
        for index, text in enumerate(getattr(finding, name), start=1):
            yield f"{name} {index}", text
    for index, rival in enumerate(finding.rivals, start=1):
        yield f"rival {index}", rival.statement
        yield f"rival {index}, because", rival.because


def _texts_of_claim(claim: Claim) -> Iterator[tuple[str, str]]:
    check = read_check(claim)
    for name, texts in (("message", check.messages), ("assumption", check.assumptions)):
        for index, text in enumerate(texts, start=1):
            yield f"{name} {index}", text
    for plate in check.plates:
        yield "caption", plate.caption


def innocent_first(finding: Finding) -> tuple[int, ...]:
    """Indexes of the rivals, those without design to deceive before the others."""
    indexes = range(len(finding.rivals))
    return tuple(sorted(indexes, key=lambda i: bool(_DESIGN.search(finding.rivals[i].statement))))


def lint_finding(finding: Finding, claims: Iterable[Claim]) -> tuple[LintIssue, ...]:
    """Issues of a finding in all its texts, given the claims it names."""
    where = f"{finding.id[:20]}…"
    issues: list[LintIssue] = []
    for name, text in _texts_of_finding(finding):
        issues.extend(lint_text(text, where=f"{where} {name}"))
    if all(_DESIGN.search(rival.statement) for rival in finding.rivals):
        issues.append(LintIssue("no-innocent-rival", where, finding.rivals[0].statement))
    said = _IMPOSSIBLE.search(_QUOTED.sub("", finding.statement))
    if said and not any(read_check(claim).verdict == "impossible" for claim in claims):
        issues.append(LintIssue("unbacked-impossible", where, said.group(0)))
    return tuple(issues)


def lint_case(case: Case, closure: Closure) -> tuple[LintIssue, ...]:
    """Every issue of a case: its own title and question, findings, and computed claims."""
    issues = list(lint_text(case.title, where="title"))
    issues.extend(lint_text(case.question, where="question"))
    for finding in closure.findings:
        named = [r for i in finding.claims if isinstance(r := closure.records[i], Claim)]
        issues.extend(lint_finding(finding, named))
    for claim in closure.claims:
        # What others reported is theirs to word; it is shown as theirs.
        if claim.basis is not Basis.REPORTED:
            for name, text in _texts_of_claim(claim):
                issues.extend(lint_text(text, where=f"{claim.id[:18]}… {name}"))
    return tuple(issues)
