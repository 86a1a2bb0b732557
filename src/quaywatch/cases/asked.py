"""What a case asks beyond its question: hypotheses, exemptions, and sources that disagree.

A person writes these in ``case.toml``. Nothing here is computed; what follows from it stands in
``cases/argument.py``.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from quaywatch.errors import TimeError
from quaywatch.evidence.bearing import Hypothesis
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import EXPERT_LIMIT, PRIORS, Group

CUSTOM: Literal["custom"] = "custom"
"""A hypothesis on which no claim bears by itself: only what ``supports``/``against`` name."""
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


def _interval(text: str) -> str:
    try:
        TimeInterval.parse(text)
    except TimeError as err:
        raise ValueError(str(err)) from err
    return text


Period = Annotated[str, AfterValidator(_interval)]
"""ISO 8601: a date, or ``start/end`` of dates or of instants with their zone."""


class Asked(BaseModel):
    """Base of the tables of ``case.toml``: a key that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Cited(Asked):
    """A claim that somebody brings up for or against a hypothesis, with how much it says."""

    claim: str = Field(min_length=1)
    """Id (or its beginning) of a claim, or the ``id`` that a claims file gave it."""
    ratio: float | None = Field(default=None, ge=1 / EXPERT_LIMIT, le=EXPERT_LIMIT)
    """P(claim | hypothesis) / P(claim | not), as judged; None: shown, and not weighed."""
    because: str = Field(min_length=1)
    group: Group = Group.REPORTED


class AskedHypothesis(Asked):
    """One answer that the question may have."""

    id: Word
    statement: str = Field(min_length=1)
    kind: Hypothesis | Literal["custom"] = CUSTOM
    about: str | None = None
    """``imo:…``, ``mmsi:…``; needed unless the kind is ``custom``."""
    at: str | None = None
    """``site:…`` or ``site:…/berth:…``; needed of ``called`` and ``loaded``."""
    period: Period | None = None
    """Claims of another time do not bear on it; None: whenever."""
    prior: float = Field(gt=0, lt=1)
    """Before any claim: how often such a thing is true of such a ship."""
    prior_because: str = ""
    prior_range: tuple[float, float] = (PRIORS[0], PRIORS[-1])
    """Between which it is varied."""
    together: Word | None = None
    """Hypotheses of one such word exclude one another; what their priors leave is "none"."""
    rivals: tuple[str, ...] = ()
    """Ids of other hypotheses of the case, or sentences."""
    innocent: str | None = None
    """The best explanation in which nobody meant to deceive: an id or a sentence."""
    would_refute: tuple[str, ...] = ()
    supports: tuple[Cited, ...] = ()
    against: tuple[Cited, ...] = ()

    @property
    def site(self) -> str | None:
        """The site asked about, also where the question is of a berth of it."""
        return None if self.at is None else self.at.partition("/")[0]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind != CUSTOM and not self.about:
            msg = f"hypothesis {self.id!r} of kind {self.kind} needs `about`: imo:… or mmsi:…"
            raise ValueError(msg)
        if self.kind in {Hypothesis.CALLED, Hypothesis.LOADED} and not self.at:
            msg = f"hypothesis {self.id!r} of kind {self.kind} needs `at`: site:…"
            raise ValueError(msg)
        low, high = self.prior_range
        if not 0 < low <= high < 1:
            msg = f"hypothesis {self.id!r}: prior_range is two priors between 0 and 1, in order"
            raise ValueError(msg)
        for_it = [c.ratio for c in self.supports if c.ratio is not None]
        against = [c.ratio for c in self.against if c.ratio is not None]
        if min(for_it, default=1.0) < 1 or max(against, default=1.0) > 1:
            msg = (
                f"hypothesis {self.id!r}: what supports it has a ratio of 1 to 5, what speaks "
                "against it one of 1/5 to 1"
            )
            raise ValueError(msg)
        return self


class Exemption(Asked):
    """A rule or a fact under which the thing supposed would be in order."""

    id: Word
    statement: str = Field(min_length=1)
    site: str | None = None
    commodity: str | None = None
    period: Period | None = None
    source: str = Field(min_length=1)
    """Claim (id or alias) that says so, or a citation."""
    makes_innocent: tuple[str, ...] = ()
    """Ids of hypotheses; those about ``site`` are met by it whether named or not."""
    effect: str = Field(min_length=1)
    """What a reader may no longer conclude, in a sentence."""


class Tension(Asked):
    """Two reported claims that cannot both hold. Both are shown; neither is dropped."""

    id: Word
    statement: str = Field(min_length=1)
    one: str = Field(min_length=1)
    """Claim: id or alias."""
    other: str = Field(min_length=1)
    because: str = Field(min_length=1)
    """Why both cannot hold."""
    hypotheses: tuple[str, ...] = ()
    """Ids of those on which it bears."""


EXAMPLES = """
# What the question may have for an answer: one [[hypothesis]] each. docs/argument.md has every
# field. Claims that bear on a kind are found by themselves; `quaywatch case build` argues them,
# `quaywatch case next` says which image would move them most.
#
# [[hypothesis]]
# id = "called"
# statement = "The ship called at the coal terminal in February 2025."
# kind = "called"            # or broadcast-false, other-broadcaster, other-hull-seen, same-hull,
#                            # loaded, common-control; custom: only what you name below
# about = "imo:9074729"
# at = "site:terminal"
# period = "2025-02-01/2025-02-28"
# prior = 0.02
# prior_because = "Set: about one such ship of fifty calls there."
# innocent = "A sister ship called."
# rivals = ["It waited in the roads."]
#
# [[hypothesis.supports]]
# claim = "image-3-february" # a claim's id, or the id that a claims file gave it
# ratio = 2.0                # P(claim if true) / P(claim if not), 1/5 to 5; left out: shown only
# because = "The article compares hatches, and does not say with how many ships."
#
# [[exemption]]              # a rule under which the thing supposed would be in order
# id = "origin"
# statement = "Coal of other origin may be shipped there."
# site = "site:terminal"
# source = "A resolution, paragraph 8"
# effect = "That coal was loaded says nothing of where it was mined."
#
# [[tension]]                # two reports that cannot both hold; both are shown
# id = "officials"
# statement = "One official says the pier is shut, another that trade has begun again."
# one = "shut"
# other = "begun"
# because = "A pier in use is not shut."
# hypotheses = ["called"]
"""
"""What `quaywatch case new` writes below a case, as comments."""
