"""The argument as a graph of claims: plain nodes and edges, for a page, a file or a drawing."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from quaywatch.cases.argument import Argument, Item

NodeKind = Literal[
    "question", "hypothesis", "claim", "rival", "exemption", "tension", "assumption", "refutation"
]
Role = Literal[
    "answers", "supports", "against", "shown", "assumes", "exempts", "contradicts",
    "rivals", "excludes", "would-refute",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Node(_Part):
    """One box."""

    id: str
    """A claim's id, or ``hypothesis:…``, ``rival:…`` and so on."""
    kind: NodeKind
    label: str
    basis: str | None = None
    """Of a claim: ``observed``, ``inferred`` or ``reported``."""
    probability: float | None = None


class Edge(_Part):
    """One arrow, from what speaks to what it speaks of."""

    source: str
    target: str
    role: Role
    weight: float | None = None
    """Natural log of the ratio counted: positive supports."""
    label: str = ""


class ArgumentGraph(_Part):
    """Nodes, each once, and edges, in a fixed order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def argument_graph(question: str, arguments: Sequence[Argument]) -> ArgumentGraph:
    """The graph of a case's arguments.

    Args:
        question: of the case.
        arguments: one a hypothesis, in the case's order.

    """
    nodes: dict[str, Node] = {"question": Node(id="question", kind="question", label=question)}
    edges: list[Edge] = []
    for argument in arguments:
        _hypothesis(argument, nodes, edges)
        for item in argument.items:
            _claim(argument, item, nodes, edges)
        _beside(argument, nodes, edges)
    return ArgumentGraph(nodes=tuple(nodes.values()), edges=tuple(dict.fromkeys(edges)))


def name_of(argument: Argument) -> str:
    """The node of a hypothesis."""
    return f"hypothesis:{argument.hypothesis}"


def _hypothesis(argument: Argument, nodes: dict[str, Node], edges: list[Edge]) -> None:
    own = name_of(argument)
    nodes[own] = Node(
        id=own, kind="hypothesis", label=argument.statement, probability=argument.probability
    )
    edges.append(Edge(source=own, target="question", role="answers", label=argument.verdict))


def _claim(argument: Argument, item: Item, nodes: dict[str, Node], edges: list[Edge]) -> None:
    own = name_of(argument)
    nodes.setdefault(
        item.claim,
        Node(id=item.claim, kind="claim", label=item.because, basis=item.basis.value),
    )
    if item.counts == "counted":
        role: Role = "supports" if item.log_ratio >= 0 else "against"
        weight = item.log_ratio
    else:
        role, weight = "shown", None
    edges.append(
        Edge(source=item.claim, target=own, role=role, weight=weight, label=item.why or "")
    )


def _beside(argument: Argument, nodes: dict[str, Node], edges: list[Edge]) -> None:
    own = name_of(argument)
    for number, rival in enumerate(argument.rivals):
        if rival.hypothesis is not None:
            other = f"hypothesis:{rival.hypothesis}"
            nodes.setdefault(
                other,
                Node(
                    id=other,
                    kind="hypothesis",
                    label=rival.statement,
                    probability=rival.probability,
                ),
            )
        else:
            other = f"rival:{argument.hypothesis}:{number}"
            nodes[other] = Node(id=other, kind="rival", label=rival.statement)
        excludes = any(m.hypothesis == rival.hypothesis for m in argument.together[1:-1])
        edges.append(Edge(source=other, target=own, role="excludes" if excludes else "rivals"))
    for one in argument.exemptions:
        key = f"exemption:{one.id}"
        nodes[key] = Node(id=key, kind="exemption", label=one.statement)
        edges.append(Edge(source=key, target=own, role="exempts", label=one.effect))
    for pair in argument.tensions:
        key = f"tension:{pair.id}"
        nodes[key] = Node(id=key, kind="tension", label=pair.statement)
        for side, says in ((pair.one, pair.one_says), (pair.other, pair.other_says)):
            nodes.setdefault(side, Node(id=side, kind="claim", label=says, basis="reported"))
            edges.append(Edge(source=side, target=key, role="contradicts", label=pair.because))
        edges.append(Edge(source=key, target=own, role="shown", label=pair.because))
    _sentences(argument, nodes, edges)


def _sentences(argument: Argument, nodes: dict[str, Node], edges: list[Edge]) -> None:
    own = name_of(argument)
    for number, text in enumerate(argument.assumptions):
        key = f"assumption:{argument.hypothesis}:{number}"
        nodes[key] = Node(id=key, kind="assumption", label=text)
        edges.append(Edge(source=own, target=key, role="assumes"))
    for number, text in enumerate(argument.would_refute):
        key = f"refutation:{argument.hypothesis}:{number}"
        nodes[key] = Node(id=key, kind="refutation", label=text)
        edges.append(Edge(source=key, target=own, role="would-refute"))
