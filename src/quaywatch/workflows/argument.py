"""A case's hypotheses argued: one claim ``argument@1`` each, from the claims that bear on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from quaywatch.cases.argument import METHOD, PREDICATE, Argument, ExemptionShown, TensionShown
from quaywatch.cases.argument_joined import Brought
from quaywatch.cases.argument_made import argued
from quaywatch.cases.asked import AskedHypothesis, Exemption, Tension
from quaywatch.cases.case import Case
from quaywatch.errors import CaseFileError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Observation, Record
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.argument_gathered import bears_on, candidates
from quaywatch.workflows.argument_known import Known, known_of
from quaywatch.workflows.argument_under import Under


def argument_claims(workspace: Workspace, case: Case) -> list[Claim]:
    """A claim per hypothesis of a case, in its order; none where it asks none.

    Raises:
        CaseFileError: it names a claim that is not here, or whose name is several claims'.

    """
    if not case.hypothesis:
        return []
    cited = {c.claim for h in case.hypothesis for c in (*h.supports, *h.against)}
    cited |= {side for t in case.tension for side in (t.one, t.other)}
    known = known_of(workspace, case.hypothesis, cited, optional=[e.source for e in case.exemption])
    under = Under(workspace.evidence)
    claims = {c.id: c for c in candidates(workspace, case.hypothesis, known)}
    for claim_id in known.named.values():
        claims.setdefault(claim_id, _claim(workspace, claim_id))
    made = []
    for asked in case.hypothesis:
        setting = _Setting.of_case(case, asked, known)
        made.append(_argument_claim(setting, list(claims.values()), under, trim=True))
    return made


class ArgumentsAgain:
    """Arguments made anew; what lies under their claims is gone through once for all of them."""

    def __init__(self, workspace: Workspace) -> None:
        self._under = Under(workspace.evidence)

    def again(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """An argument anew from the claims that it names."""
        setting = _Setting.from_json(claim.parameters)
        claims = [record for record in inputs if isinstance(record, Claim)]
        # What adapters were told depends on what this argument knew of places.
        self._under.told.clear()
        return _argument_claim(setting, claims, self._under, trim=False)


class _Setting:
    """What a case asks, as far as one argument needs it; kept in the claim's parameters."""

    def __init__(
        self,
        case_id: str,
        asked: AskedHypothesis,
        beside: Sequence[AskedHypothesis],
        exemptions: Sequence[Exemption],
        tensions: Sequence[Tension],
        known: Known,
    ) -> None:
        self.case_id, self.asked, self.beside = case_id, asked, tuple(beside)
        self.exemptions, self.tensions, self.known = tuple(exemptions), tuple(tensions), known

    @classmethod
    def of_case(cls, case: Case, asked: AskedHypothesis, known: Known) -> "_Setting":
        """The part of a case that bears on one of its hypotheses."""
        named = {*asked.rivals, asked.innocent}
        beside = [
            other
            for other in case.hypothesis
            if other.id != asked.id
            and (other.id in named or (asked.together and other.together == asked.together))
        ]
        cited = {c.claim for c in (*asked.supports, *asked.against)}
        return cls(
            case.id,
            asked,
            beside,
            [e for e in case.exemption if _exempts(e, asked)],
            [t for t in case.tension if asked.id in t.hypotheses or {t.one, t.other} & cited],
            known,
        )

    def to_json(self) -> dict[str, Any]:
        """As parameters of a claim."""
        return {
            "case": self.case_id,
            "asked": self.asked.model_dump(mode="json"),
            "beside": [one.model_dump(mode="json") for one in self.beside],
            "exemptions": [one.model_dump(mode="json") for one in self.exemptions],
            "tensions": [one.model_dump(mode="json") for one in self.tensions],
            "known": self.known.to_json(),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "_Setting":
        """As it stood in a claim's parameters."""
        return cls(
            str(told["case"]),
            AskedHypothesis.model_validate(told["asked"]),
            [AskedHypothesis.model_validate(one) for one in told["beside"]],
            [Exemption.model_validate(one) for one in told["exemptions"]],
            [Tension.model_validate(one) for one in told["tensions"]],
            Known.from_json(told["known"]),
        )

    def trimmed(self, claims: Sequence[Claim]) -> "_Setting":
        """The same with nothing known of claims that take no part."""
        ids = {claim.id for claim in claims}
        whole = (self.asked, *self.beside)
        subjects = {one.about for one in whole if one.about}
        names = {c.claim for one in whole for c in (*one.supports, *one.against)}
        names |= {side for t in self.tensions for side in (t.one, t.other)}
        names |= {e.source for e in self.exemptions}
        known = Known(
            same={k: v for k, v in self.known.same.items() if k in subjects},
            sites={k: v for k, v in self.known.sites.items() if k in ids},
            named={k: v for k, v in self.known.named.items() if k in names},
        )
        return _Setting(
            self.case_id, self.asked, self.beside, self.exemptions, self.tensions, known
        )


def _exempts(exemption: Exemption, asked: AskedHypothesis) -> bool:
    """Whether an exemption meets a hypothesis: named by it, or of its site and its time."""
    if asked.id in exemption.makes_innocent:
        return True
    if exemption.site is None or exemption.site != asked.site:
        return False
    if exemption.period is None or asked.period is None:
        return True
    one, other = TimeInterval.parse(exemption.period), TimeInterval.parse(asked.period)
    return one.start <= other.end and other.start <= one.end


def _argument_claim(
    setting: _Setting, claims: Sequence[Claim], under: Under, *, trim: bool
) -> Claim:
    whole = (setting.asked, *setting.beside)
    bears = {one.id: bears_on(one, claims, setting.known, under, setting.tensions) for one in whole}
    used = {b.claim.id: b.claim for every in bears.values() for b in every}
    by_id = {claim.id: claim for claim in claims}
    for name in _named_beside(setting):
        if name in setting.known.named:
            used.setdefault(setting.known.named[name], by_id[setting.known.named[name]])
    # In the order of their ids: the ledger's order need not be that of another workspace.
    used = dict(sorted(used.items()))
    if trim:
        setting = setting.trimmed(list(used.values()))
    statements = {one.id: one.statement for one in whole}
    shown = _exemptions(setting), _tensions(setting, used, under)
    brought = [Brought(one, bears[one.id], *shown, statements) for one in whole]
    argument = argued(brought[0], brought[1:])
    return _as_claim(setting, argument, tuple(used))


def _named_beside(setting: _Setting) -> list[str]:
    """Claims that exemptions and tensions name: shown, whether they bear on it or not."""
    return [
        *(e.source for e in setting.exemptions),
        *(side for t in setting.tensions for side in (t.one, t.other)),
    ]


def _as_claim(setting: _Setting, argument: Argument, inputs: tuple[str, ...]) -> Claim:
    asked = setting.asked
    return Claim(
        subject=asked.about or asked.at or f"case:{setting.case_id}",
        predicate=PREDICATE,
        value=argument.model_dump(mode="json"),
        time=TimeInterval.parse(asked.period) if asked.period else None,
        probability=argument.probability,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters=setting.to_json(),
        inputs=inputs,
    )


def _exemptions(setting: _Setting) -> tuple[ExemptionShown, ...]:
    return tuple(
        ExemptionShown(
            id=one.id,
            statement=one.statement,
            scope=", ".join(
                part for part in (one.site, one.commodity, one.period) if part is not None
            )
            or "everywhere, always",
            source=one.source,
            claim=setting.known.named.get(one.source),
            effect=one.effect,
        )
        for one in setting.exemptions
    )


def _tensions(
    setting: _Setting, claims: Mapping[str, Claim], under: Under
) -> tuple[TensionShown, ...]:
    named = setting.known.named
    return tuple(
        TensionShown(
            id=one.id,
            statement=one.statement,
            because=one.because,
            one=named[one.one],
            one_says=_says(claims[named[one.one]], under),
            other=named[one.other],
            other_says=_says(claims[named[one.other]], under),
        )
        for one in setting.tensions
    )


def _says(claim: Claim, under: Under) -> str:
    """What a report says, verbatim where its lines are held."""
    for record_id in claim.inputs:
        record = under.store.get(record_id)
        if isinstance(record, Observation) and record.raw:
            return f"“{' '.join(record.raw.split())}”"
    value = claim.value if isinstance(claim.value, dict) else {}
    return str(value.get("note") or f"{claim.predicate} of {claim.subject}")


def _claim(workspace: Workspace, claim_id: str) -> Claim:
    record = workspace.evidence.get(claim_id)
    if not isinstance(record, Claim):
        raise CaseFileError(fact=f"{claim_id} is no claim")
    return record
