"""What a hull, its fleet and its declared destination make of a silence before anything is seen.

Prior counts are of comparable silences: how many held a call at each port, and how many held none.
A port that nobody declared and nobody was seen at keeps a little (METHODS section 9).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from quaywatch.errors import ProbabilityError

METHOD: Final = "call-prior@1"
UNDECLARED: Final = 0.02
"""Of each port that is in nobody's history and was not declared."""
UNDECLARED_MOST: Final = 0.10
"""Of all of them together: ten candidates do not make a call likelier."""
INNOCENT: Final = 4.0
"""Before anything is counted, so many silences are taken to have held no call, and one at least
whatever was counted: a declared destination alone makes a call one in five, not even."""
FLEET_WEIGHT: Final = 5.0
"""The fleet counts as so many silences of this hull's own, however large it is."""


def call_prior(
    ports: Sequence[str],
    *,
    own: Mapping[str | None, float] | None = None,
    fleet: Mapping[str | None, float] | None = None,
    declared: Collection[str] = (),
) -> dict[str, float]:
    """Probability of each port being called at next in a silence; what is left is "none".

    Args:
        ports: the candidates.
        own: this hull's comparable silences by what they held; None as a key: nothing.
        fleet: the same of the ships it is compared with.
        declared: ports that its broadcast destination names: each counts as one silence.

    Returns:
        Per port; they add to less than 1.

    Raises:
        ProbabilityError: a count is negative.

    Examples:
        >>> {k: round(v, 3) for k, v in call_prior(["a", "b"], own={"a": 2, None: 7}).items()}
        {'a': 0.196, 'b': 0.02}

    """
    crowd = sum((fleet or {}).values())
    counted = sum((own or {}).values()) + min(crowd, FLEET_WEIGHT)
    counts: dict[str | None, float] = {None: max(1.0, INNOCENT - counted)}
    for table, weight in ((own or {}, 1.0), (fleet or {}, FLEET_WEIGHT / max(crowd, FLEET_WEIGHT))):
        for port, count in table.items():
            if count < 0:
                raise ProbabilityError(value=count)
            # What was called at outside the list is no call at any of these.
            key = port if port in ports else None
            counts[key] = counts.get(key, 0.0) + weight * count
    for port in declared:
        if port in ports:
            counts[port] = counts.get(port, 0.0) + 1.0
    fresh = [port for port in ports if counts.get(port, 0.0) == 0.0]
    each = min(UNDECLARED, UNDECLARED_MOST / len(fresh)) if fresh else 0.0
    whole = sum(counts.values())
    left = 1.0 - each * len(fresh)
    return {
        port: left * counts.get(port, 0.0) / whole + (each if port in fresh else 0.0)
        for port in ports
    }
