"""Ways to the listed in sentences, and what they say for common control."""

from typing import Any, Final

from quaywatch.evidence.bearing import Bearing, Hypothesis, as_values
from quaywatch.evidence.likelihood import EXPERT_LIMIT, Group
from quaywatch.vessels.network import SAME_ADDRESS, SAME_NAME, Listing, Network, Tie
from quaywatch.vessels.network_paths import WEAK, Way

_IS: Final = {
    "operator": ("operated by", "operates", "operated"),
    "owner": ("owned by", "owns", "owned"),
    "registered-owner": (
        "registered to", "is the registered owner of", "was the registered owner of",
    ),
    "beneficial-owner": ("beneficially owned by", "beneficially owns", "beneficially owned"),
    "manager": ("managed by", "manages", "managed"),
    "charterer": ("chartered by", "charters", "chartered"),
    "linked": ("linked to", "is linked to", "was linked to"),
    "parent": ("a subsidiary of", "is the parent of", "was the parent of"),
    "director": ("directed by", "is a director of", "was a director of"),
    SAME_NAME: ("of the same name as", "has the same name as", "has the same name as"),
    SAME_ADDRESS: ("at the same address as", "shares an address with", "shares an address with"),
}  # fmt: skip
OPEN_FACTOR: Final = 0.6
"""What is left of a ratio where dates leave open whether the steps held at one time."""
STEP_FACTOR: Final = 0.5
"""And for every step beyond two, every weak role, every hub."""


def sentence(network: Network, way: Way) -> str:
    """A way in words: who is run by whom, who ran whom, listed by whom on which day."""
    parts = []
    for k, step in enumerate(way.steps):
        tie, to = step.tie, network.parties[step.to].label
        if tie.of == step.of:
            verb = _IS[tie.role][0]
            is_ = "was" if tie.until else "is"
            told = f"{is_} {verb} {to}"
        else:
            told = f"{_IS[tie.role][2 if tie.until or not _dated(tie) else 1]} {to}"
        start = network.parties[step.of].label if k == 0 else "which"
        parts.append(f"{start} {told} ({when(tie)})")
    more = f" {way.alike} further listed parties are tied in the same way." if way.alike else ""
    return f"{', '.join(parts)}, which {listed_words(way.listings)}.{more}"


def _dated(tie: Tie) -> bool:
    return bool(tie.since or tie.until or tie.as_of)


def when(tie: Tie) -> str:
    """When a tie held, as far as its source says.

    Examples:
        >>> from quaywatch.vessels.said import Said
        >>> said = Said("a register", "2025-05-07", "claim:1", "source:1")
        >>> when(Tie("imo:1", "company:1", "operator", "2023", None, "2025-05-07", said))
        'since 2023, as of 2025-05-07'
        >>> when(Tie("imo:1", "company:1", "operator", None, None, None, said))
        'no date stated'

    """
    if tie.role in {SAME_NAME, SAME_ADDRESS}:
        return "that they are one is not shown"
    if tie.since and tie.until:
        return f"{tie.since} to {tie.until}"
    if tie.until:
        return f"until {tie.until}"
    parts = [f"since {tie.since}"] if tie.since else []
    if tie.as_of:
        parts.append(f"as of {tie.as_of}")
    return ", ".join(parts) or "no date stated"


def listed_words(listings: tuple[Listing, ...]) -> str:
    """Where a party is listed: which list of which day.

    Examples:
        >>> listed_words(())
        'is on no list held here'

    """
    if not listings:
        return "is on no list held here"
    told = []
    # One snapshot of a list may come in two files.
    first = {(o.authority, o.listed_on, o.list_name, o.said.day): o for o in reversed(listings)}
    listings = tuple(one for one in listings if one in first.values())
    for one in listings[:3]:
        day = f" on {one.listed_on}" if one.listed_on else ", on a day that the list does not print"
        until = f", delisted on {one.delisted_on}" if one.delisted_on else ""
        told.append(f"was listed by {one.authority}{day}{until} ({one.said})")
    more = len(listings) - 3
    return " and ".join(told) + (f", and {more} more times" if more > 0 else "")


def ratio_of(way: Way) -> float:
    """What a way says for common control, expert-set, 1 to 5; 1 where the steps never held at once.

    It starts at 5 for one company between two ships at one time, and loses for every step more,
    every weak role, every party that serves very many, an end that was delisted, and for dates
    that leave it open.
    """
    if way.overlap is False:
        return 1.0
    ratio = EXPERT_LIMIT * (OPEN_FACTOR if way.overlap is None else 1.0)
    weak = max(0, len(way.steps) - 2) + len(way.hubs)
    weak += sum(step.tie.role in WEAK for step in way.steps)
    weak += all(one.delisted_on is not None for one in way.listings)
    return max(1.0, ratio * STEP_FACTOR**weak)


def way_json(network: Network, way: Way) -> dict[str, Any]:
    """A way as it stands in a claim's value and in ``--json``."""
    start = way.steps[0].of
    told = sentence(network, way)
    causes = sorted(
        {step.tie.said.cause for step in way.steps} | {one.said.cause for one in way.listings}
    )
    ratio = ratio_of(way)
    bearings = []
    if ratio > 1.0:
        bearings = [
            Bearing(
                hypothesis=Hypothesis.COMMON_CONTROL,
                about=start,
                ratio=round(ratio, 3),
                group=Group.CORPORATE,
                cause=causes[0] if len(causes) == 1 else "+".join(causes),
                because=told,
            )
        ]
    return {
        "party": way.end,
        "party_name": network.parties[way.end].label,
        "sentence": told,
        "steps": [
            {
                "from": step.of, "from_name": network.parties[step.of].label,
                "to": step.to, "to_name": network.parties[step.to].label,
                "role": step.tie.role, "of": step.tie.of, "since": step.tie.since,
                "until": step.tie.until, "as_of": step.tie.as_of, "when": when(step.tie),
                "said": str(step.tie.said), "claim": step.tie.said.claim,
                "further_statements": step.others,
            }
            for step in way.steps
        ],
        "overlap": way.overlap,
        "overlap_because": way.overlap_because,
        "listings": [listing_json(one) for one in way.listings],
        "further_ends": way.alike,
        "hubs": [
            {"party": hub, "name": network.parties[hub].label, "tied_to": network.degree(hub)}
            for hub in way.hubs
        ],
        "bearings": as_values(bearings),
    }  # fmt: skip


def listing_json(one: Listing) -> dict[str, Any]:
    """A listing: which list of which day."""
    return {
        "authority": one.authority, "list": one.list_name, "snapshot_day": one.said.day,
        "listed_on": one.listed_on, "delisted_on": one.delisted_on, "programme": one.programme,
        "claim": one.said.claim,
    }  # fmt: skip
