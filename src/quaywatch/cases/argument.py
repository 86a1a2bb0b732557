"""The value of a claim ``argument@1``: one hypothesis argued, all of its working beside it.

``Argument.model_validate(claim.value)`` reads it back. Everything printed of an argument stands
here as a number or a sentence; a page lays out and computes nothing.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.record import Basis, Claim

METHOD = "argument@1"
PREDICATE = "argument"

Counts = Literal["counted", "same-cause", "through-another", "not-weighed", "other-time"]
"""``same-cause``: a stronger item shares its cause. ``through-another``: a claim that counts rests
on it. ``not-weighed``: shown without a ratio. ``other-time``: outside the hypothesis's period."""


class _Part(BaseModel):
    # Whole numbers of ids and words apart, a float of a record may come back as an int.
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Item(_Part):
    """One claim that bears on the hypothesis."""

    claim: str
    """Its id."""
    subject: str
    predicate: str
    method: str
    basis: Basis
    """``observed``, ``inferred`` or ``reported``: never mixed on a page."""
    rests_on_reports: bool
    """Something that only others say is among what it rests on."""
    group: Group
    cause: str
    """What it shares its errors with."""
    ratio: float | None
    """As the claim or the case gives it, uncapped; above 1 speaks for the hypothesis."""
    measured: bool
    n: int | None = None
    """Measured on so many."""
    expert: bool = False
    """The case's own ``supports``/``against``."""
    because: str
    counts: Counts
    why: str | None = None
    """Where it does not count: why."""
    log_ratio: float = 0.0
    """What it counts for before its group is shrunk and capped, natural log; 0: not counted."""
    influence: float = 0.0
    """Log-odds of the hypothesis less the log-odds without this claim: 0 where another of its
    cause would count in its place."""
    without: float
    """Probability without this claim."""
    cause_influence: float = 0.0
    """Log-odds less the log-odds without everything of its cause."""
    without_cause: float
    """Probability without everything of its cause."""
    tension: str | None = None
    """Id of the tension of which it is one side."""


class GroupWorking(_Part):
    """What one kind of evidence comes to, natural logs."""

    group: Group
    causes: int
    """Different causes that count."""
    raw: float
    """Sum as given, expert limits applied."""
    shrunk: float
    """After what items of a kind share is taken off."""
    cap: float
    capped: float
    applied: float
    """What it adds to the log-odds, the cap on AIS alone applied too."""


class PriorRow(_Part):
    """The conclusion under another prior."""

    prior: float
    label: str
    """``standard``, ``this case``, ``lowest`` or ``highest of this case``."""
    probability: float
    """Within 1% to 99%."""
    word: str
    counts: bool
    """True of the three priors on which the word is tested."""


class RivalOdds(_Part):
    """Another explanation and how it stands to the hypothesis."""

    statement: str
    hypothesis: str | None = None
    """Its id, where it is a hypothesis of the case."""
    innocent: bool = False
    """The best one in which nobody meant to deceive."""
    probability: float | None = None
    """None: not computed apart; ``because`` says what bounds it."""
    odds: float | None = None
    """Of the hypothesis against it: 3 says three times as probable. A lower bound if bounded."""
    because: str


class SetMember(_Part):
    """One of several hypotheses that exclude one another."""

    hypothesis: str | None
    """None: none of them."""
    statement: str
    prior: float
    probability: float


class ExemptionShown(_Part):
    """A rule under which the thing supposed would be in order."""

    id: str
    statement: str
    scope: str
    source: str
    """As the case names it."""
    claim: str | None = None
    """Id of the claim that says so, where there is one."""
    effect: str


class TensionShown(_Part):
    """Two reports that cannot both hold; both stand here."""

    id: str
    statement: str
    because: str
    one: str
    """Claim id."""
    one_says: str
    other: str
    other_says: str


class Argument(_Part):
    """A hypothesis argued."""

    verdict: str
    """The word that may be quoted, or ``no word holds``."""
    hypothesis: str
    """Its id in the case."""
    statement: str
    kind: str
    about: str | None = None
    at: str | None = None
    period: str | None = None
    prior: float
    prior_because: str
    probability: float
    """Under the case's own prior, within 1% to 99%."""
    log_odds: float
    """The same before that bound."""
    moved: float
    """What all evidence together adds to the log-odds of the prior."""
    word: str | None
    """Quoted only where two of the three standard priors and the case's own agree."""
    word_reason: str
    """Why it may or may not be quoted."""
    sentence: str
    """As printed: the statement, its word and figure, or that none holds."""
    items: tuple[Item, ...]
    groups: tuple[GroupWorking, ...]
    sensitivity: tuple[PriorRow, ...]
    even_prior: float
    """The prior at which the conclusion would be even: below it, rather not than so."""
    word_priors: tuple[float, float] | None
    """Between which priors the word of ``probability`` stays the same."""
    flips: tuple[str, ...]
    """Causes without any one of which the conclusion would lie on the other side of even."""
    held_alone: float
    """Probability from what is held here only: without all that rests on others' reports."""
    together: tuple[SetMember, ...] = ()
    """The set of hypotheses that exclude one another; empty where there is none."""
    rivals: tuple[RivalOdds, ...]
    """The best innocent explanation first."""
    would_refute: tuple[str, ...]
    exemptions: tuple[ExemptionShown, ...] = ()
    tensions: tuple[TensionShown, ...] = ()
    source_confidence: str
    """A sentence of its own, never mixed with the likelihood."""
    messages: tuple[str, ...]
    assumptions: tuple[str, ...]
    working: tuple[dict[str, JsonValue], ...] = ()
    """Rows ``{label, formula, value, unit}``, as every claim has them."""


def argument_of(claim: Claim) -> Argument:
    """Read a claim ``argument@1``.

    Raises:
        ValidationError: the claim is none.

    """
    return Argument.model_validate(claim.value)
