"""The network as GraphML, for Gephi, yEd, Cytoscape and networkx."""

from collections.abc import Iterable

import networkx as nx

from quaywatch.vessels.network import Network


def graphml(network: Network, parties: Iterable[str]) -> str:
    """The network among these parties as GraphML: every statement is an edge of its own.

    Examples:
        >>> "<graphml" in graphml(Network({}, (), ()), [])
        True

    """
    kept = set(parties)
    graph = nx.MultiDiGraph()
    for key in sorted(kept & set(network.parties)):
        party = network.parties[key]
        listed = network.listings_of(key)
        graph.add_node(
            key,
            label=party.label,
            schema=party.schema,
            listed="; ".join(f"{one.authority} {one.listed_on or 'no day'}" for one in listed),
        )
    for tie in network.ties:
        if tie.of in kept and tie.to in kept:
            graph.add_edge(
                tie.of,
                tie.to,
                role=tie.role,
                since=tie.since or "",
                until=tie.until or "",
                as_of=tie.as_of or "",
                said=str(tie.said),
                claim=tie.said.claim,
            )
    return "\n".join(nx.generate_graphml(graph)) + "\n"
