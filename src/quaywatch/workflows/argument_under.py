"""What lies under a record: the sources, images and documents that it shares with others."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from quaywatch.cases.closure import rests_on
from quaywatch.evidence.ledger import EvidenceStore
from quaywatch.evidence.record import Basis, Claim, Observation, Record, Source
from quaywatch.fusion.bearings_told import Told


@dataclass(frozen=True)
class _Node:
    """A record, as far as its dependence goes."""

    kind: str
    under: tuple[str, ...]
    imagery: bool
    reported: bool
    name: str
    """Of a source its file's, of a claim of a scene its subject; else empty."""


@dataclass
class Under:
    """What lies under records, each read once."""

    store: EvidenceStore
    nodes: dict[str, _Node] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    """What adapters were told, by claim: the same for every hypothesis of a case."""

    def below(self, record_id: str) -> frozenset[str]:
        """Ids of all records under one, itself not included.

        Raises:
            RecordMissingError: one of them is not here.

        """
        seen: set[str] = set()
        queue = list(self._node(record_id).under)
        while queue:
            one = queue.pop()
            if one not in seen:
                seen.add(one)
                queue.extend(self._node(one).under)
        return frozenset(seen)

    def images(self, ids: Iterable[str]) -> frozenset[str]:
        """Those that are sources of imagery."""
        return frozenset(one for one in ids if self._node(one).imagery)

    def documents(self, ids: Iterable[str]) -> frozenset[str]:
        """Sources whose authors, not we, say what claims among these repeat."""
        found: set[str] = set()
        for one in ids:
            node = self._node(one)
            if node.reported:
                found |= {
                    self._node(i).under[0]
                    for i in node.under
                    if self._node(i).kind == Observation.kind
                }
        return frozenset(found)

    def image_called(self, name: str, ids: Iterable[str]) -> frozenset[str]:
        """Sources of imagery among these that a cause ``scene:…`` may mean."""
        bare = name.removeprefix("scene:")
        found: set[str] = set()
        for one in ids:
            node = self._node(one)
            if node.imagery and bare in {node.name, node.name.rpartition(".")[0], one[7:19]}:
                found.add(one)
            elif node.name == f"scene:{bare}":
                found |= {i for i in node.under if self._node(i).imagery}
        return frozenset(found)

    def _node(self, record_id: str) -> _Node:
        known = self.nodes.get(record_id)
        if known is None:
            record = self.store.get(record_id)
            known = _Node(
                kind=record.kind,
                under=rests_on(record),
                imagery=isinstance(record, Source) and record.media == "imagery",
                reported=isinstance(record, Claim) and record.basis is Basis.REPORTED,
                name=_name_of(record),
            )
            self.nodes[record_id] = known
        return known


def _name_of(record: Record) -> str:
    if isinstance(record, Source):
        return record.name
    return record.subject if isinstance(record, Claim) and record.predicate == "scene" else ""
