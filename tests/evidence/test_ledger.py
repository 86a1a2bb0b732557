"""The chain: any one change to any one entry is found, at the entry where it lies."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import LedgerBrokenError
from quaywatch.evidence.ledger import GENESIS, LedgerEntry, seal, verify_chain

FIELDS = [field.name for field in dataclasses.fields(LedgerEntry)]


def chain(length: int) -> list[LedgerEntry]:
    """A sound ledger."""
    entries: list[LedgerEntry] = []
    for seq in range(1, length + 1):
        entries.append(
            seal(
                seq=seq,
                known_at=datetime(2025, 2, 3, tzinfo=UTC) + timedelta(hours=seq),
                record_id=f"claim:{seq:064x}",
                content_sha256=f"{seq * 7:064x}",
                previous=entries[-1].hash if entries else GENESIS,
            )
        )
    return entries


def test_a_sound_chain_verifies() -> None:
    """The head is what a dossier quotes."""
    assert verify_chain([]) == GENESIS
    assert verify_chain(chain(5)) == chain(5)[-1].hash


@given(st.data())
def test_any_changed_field_is_found_where_it_lies(data: st.DataObject) -> None:
    """A hash that skips a field would let that field be rewritten."""
    entries = chain(data.draw(st.integers(1, 8)))
    at = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(FIELDS))
    old = getattr(entries[at], name)
    if isinstance(old, datetime):
        new: Any = old + data.draw(st.timedeltas().filter(bool).filter(lambda d: abs(d.days) < 9))
    elif isinstance(old, int):
        new = data.draw(st.integers().filter(lambda n: n != old))
    else:
        new = data.draw(st.text(max_size=70).filter(lambda text: text != old))
    entries[at] = dataclasses.replace(entries[at], **{name: new})
    with pytest.raises(LedgerBrokenError) as caught:
        verify_chain(entries)
    assert caught.value.seq == at + 1


@given(st.integers(2, 8), st.data())
def test_a_dropped_moved_or_doubled_entry_is_found(length: int, data: st.DataObject) -> None:
    """Leaving one record out is the easiest lie."""
    at = data.draw(st.integers(0, length - 2))
    entries = chain(length)
    dropped = entries[:at] + entries[at + 1 :]
    swapped = [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]
    doubled = [*entries[: at + 1], *entries[at:]]
    for changed in (dropped, swapped, doubled):
        with pytest.raises(LedgerBrokenError):
            verify_chain(changed)


@given(st.integers(1, 8), st.data())
def test_a_rewritten_end_has_another_head(length: int, data: st.DataObject) -> None:
    """Whoever reseals the chain from one entry on cannot keep the head that a dossier quotes."""
    at = data.draw(st.integers(0, length - 1))
    entries = chain(length)[:at]
    for old in chain(length)[at:]:
        entries.append(
            seal(
                seq=old.seq,
                known_at=old.known_at,
                record_id=old.record_id + ("x" if old.seq == at + 1 else ""),
                content_sha256=old.content_sha256,
                previous=entries[-1].hash if entries else GENESIS,
            )
        )
    assert verify_chain(entries) != verify_chain(chain(length))
