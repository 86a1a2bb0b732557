"""How a ship is tied to a listed party: every shortest way, when each step held, which are weak.

A way is a lead, not a verdict: companies are bought and sold, agents serve hundreds of ships that
have nothing in common, and a register says who was put down, not who decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import networkx as nx

from quaywatch.vessels.network import SAME_ADDRESS, SAME_NAME, SISTER, Listing, Network, Tie
from quaywatch.vessels.register_text import interval_of

HUB_FROM: Final = 20
"""A party tied to so many others (an agent, a manager of fleets) says little of any one."""
MOST_PATHS: Final = 2_000
"""More ways than this between a ship and the listed are cut off, the longest first."""
MOST_ENDS: Final = 5
"""Listed parties told one by one to which one company leads; the rest are counted."""
_ORDER: Final = (
    "operator", "owner", "registered-owner", "beneficial-owner", "manager", "charterer", "parent",
    "director", "linked", SAME_ADDRESS, SAME_NAME,
)  # fmt: skip
_SHARED: Final = {
    SAME_NAME: "a shared name: that the two are one is not shown",
    SAME_ADDRESS: "a shared address: that the two are tied is not shown",
}
WEAK: Final = frozenset({"linked", SAME_ADDRESS, SAME_NAME, "charterer"})
"""Roles that alone tie little."""
_ALWAYS: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way."""

    of: str
    """Id of the party one comes from."""
    to: str
    tie: Tie
    others: int
    """Further statements that tie the two."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way from a ship to a listed party."""

    steps: tuple[Step, ...]
    listings: tuple[Listing, ...]
    """Of its end."""
    overlap: bool | None
    """Whether the steps held at one time: True, False, or None where the dates leave it open."""
    overlap_because: str
    hubs: tuple[str, ...]
    """Parties on it, ends left out, that are tied to a great many others."""
    alike: int = 0
    """Further listed parties to which the same parties lead, and which are not told one by one."""

    @property
    def end(self) -> str:
        """Id of the listed party."""
        return self.steps[-1].to


def ways_to_listed(
    network: Network, start: str, *, depth: int = 3, hub_from: int = HUB_FROM
) -> tuple[Way, ...]:
    """Every shortest way from a party to each listed one, the shortest and surest first.

    Ties by being sister ships are left out: a sister is run by whoever runs her. No way leads
    through a listed party to another that is listed.

    Args:
        network: all of it.
        start: id of the ship asked about.
        depth: most steps of a way.
        hub_from: parties tied to so many others or more are pointed out.

    """
    graph = control_graph(network)
    if start not in graph:
        return ()
    listed = {one.party for one in network.listings} - {start}
    near = nx.single_source_shortest_path_length(graph, start, cutoff=depth)
    ways: list[Way] = []
    # The nearest first: where there are too many, it is the far ones that are cut off.
    for end in sorted(listed & set(near), key=lambda key: (near[key], key)):
        # Other listed parties are ends of ways of their own.
        through = graph.subgraph(set(near) - (listed - {end}))
        if not nx.has_path(through, start, end):
            continue
        for nodes in nx.all_shortest_paths(through, start, end):
            if len(nodes) - 1 <= depth and len(ways) < MOST_PATHS:
                ways.append(_way(network, graph, nodes, hub_from))
    return tuple(_thinned(sorted(ways, key=_surest)))


def _thinned(ways: Iterable[Way]) -> Iterator[Way]:
    """The first ends of each way that forks at its last step; the last says how many more."""
    by_stem: dict[tuple[str, ...], list[Way]] = {}
    for way in ways:
        by_stem.setdefault(tuple(step.of for step in way.steps), []).append(way)
    for stem in by_stem.values():
        left = max(0, len(stem) - MOST_ENDS)
        *first, last = stem[:MOST_ENDS]
        yield from (*first, replace(last, alike=left))


def control_graph(network: Network) -> nx.MultiGraph:
    """Parties and every statement that ties two of them by control, undirected."""
    graph = nx.MultiGraph()
    for key in network.parties:
        graph.add_node(key)
    for k, tie in enumerate(network.ties):
        if tie.role != SISTER:
            graph.add_edge(tie.of, tie.to, key=k, tie=tie)
    return graph


def _surest(way: Way) -> tuple[int, int, int, int, str]:
    open_or_no = {True: 0, None: 1, False: 2}[way.overlap]
    weak = sum(step.tie.role in WEAK for step in way.steps)
    return len(way.steps), len(way.hubs), weak, open_or_no, way.end


def way_through(network: Network, nodes: Sequence[str], *, hub_from: int = HUB_FROM) -> Way:
    """The way over these parties; each two that follow must be tied."""
    return _way(network, control_graph(network), list(nodes), hub_from)


def _way(network: Network, graph: nx.MultiGraph, nodes: list[str], hub_from: int) -> Way:
    steps = tuple(_step(graph, one, other) for one, other in pairwise(nodes))
    overlap, because = held_together([step.tie for step in steps])
    hubs = tuple(node for node in nodes[1:-1] if network.degree(node) >= hub_from)
    return Way(steps, network.listings_of(nodes[-1]), overlap, because, hubs)


def _many(graph: nx.MultiGraph, node: str, hub_from: int) -> bool:
    return len(set(graph.neighbors(node))) >= hub_from


def _step(graph: nx.MultiGraph, one: str, other: str) -> Step:
    ties = [data["tie"] for data in graph.get_edge_data(one, other).values()]
    best = min(ties, key=_telling)
    return Step(one, other, best, len(ties) - 1)


def _telling(tie: Tie) -> tuple[int, int, str]:
    dated = 0 if tie.since or tie.until else 1 if tie.as_of else 2
    return _ORDER.index(tie.role) if tie.role in _ORDER else len(_ORDER), dated, tie.said.claim


def held_together(ties: Iterable[Tie]) -> tuple[bool | None, str]:
    """Whether ties held at one time, and why that is known or is not.

    A name or an address that two share is no tie that ever held: where one is among them, no more
    can be known than that the others never met.

    Examples:
        >>> from quaywatch.vessels.said import Said
        >>> said = Said("a register", "2025-05-07", "claim:1", "source:1")
        >>> now = Tie("imo:1", "company:1", "operator", "2023", None, "2025-05-07", said)
        >>> past = Tie("imo:2", "company:1", "operator", None, "2024-06", "2024-06-01", said)
        >>> held_together([now, past])
        (True, 'all held on 2024-06-01')
        >>> gone = Tie("imo:2", "company:1", "operator", "2019", "2021", None, said)
        >>> held_together([now, gone])
        (False, 'one ended before another began')
        >>> held_together([now, Tie("company:1", "entry:x/7", "same-name", None, None, None, said)])
        (None, 'a step is only a shared name: that the two are one is not shown')

    """
    possible, known = _ALWAYS, _ALWAYS
    undated = 0
    shared: list[str] = []
    for tie in ties:
        if tie.role in _SHARED:
            shared.append(_SHARED[tie.role])
            continue
        may, must = _times(tie)
        possible = (max(possible[0], may[0]), min(possible[1], may[1]))
        if must is None:
            undated += 1
        else:
            known = (max(known[0], must[0]), min(known[1], must[1]))
    if possible[0] >= possible[1]:
        return False, "one ended before another began"
    if shared:
        return None, f"a step is only {' and another '.join(dict.fromkeys(shared))}"
    if undated:
        return None, f"{'a tie has' if undated == 1 else f'{undated} ties have'} no date"
    if known[0] < known[1]:
        return True, f"all held on {known[0]:%Y-%m-%d}"
    return None, "the dates stated do not show whether they held at one time"


Span = tuple[datetime, datetime]


def _times(tie: Tie) -> tuple[Span, Span | None]:
    """When a tie may have held, and when it held for certain; None: no day is known."""
    first = interval_of(tie.since) if tie.since else None
    last = interval_of(tie.until) if tie.until else None
    stated = interval_of(tie.as_of) if tie.as_of else None
    may = (first.start if first else _ALWAYS[0], last.end if last else _ALWAYS[1])
    if first and last:
        # A year or a month without its day: certain from its end, to the other's beginning.
        begin, end = first.end, last.start
        if first.duration <= timedelta(days=1):
            begin = first.start
        if last.duration <= timedelta(days=1):
            end = last.end
        return may, (begin, end) if begin < end else None
    if stated is None:
        return may, None
    if last and stated.start >= last.end:
        # A source of later that tells of an end says nothing of the days before it.
        return may, None
    return may, (first.end if first and first.end < stated.start else stated.start, stated.end)


def parties_on(ways: Iterable[Way]) -> Mapping[str, None]:
    """Every party on the ways, in their order."""
    return {key: None for way in ways for step in way.steps for key in (step.of, step.to)}


def neighbourhood(
    network: Network, start: str, *, depth: int, ways: Iterable[str] = (), hub_from: int = HUB_FROM
) -> list[str]:
    """Parties worth drawing: all on the ways, and those near, but not what hubs serve."""
    graph = control_graph(network)
    found = dict.fromkeys([start, *ways])
    edge = [start] if start in graph else []
    for _ in range(depth):
        further: dict[str, None] = {}
        for node in edge:
            if node != start and _many(graph, node, hub_from):
                continue
            further |= dict.fromkeys(n for n in graph.neighbors(node) if n not in found)
        found |= further
        edge = list(further)
    return [key for key in found if key in network.parties]
