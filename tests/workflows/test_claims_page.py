"""The page on claims files shows each field, and its example is one that is accepted."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from quaywatch.evidence.record import Claim
from quaywatch.evidence.reported import (
    ClaimEntry,
    ClaimsFile,
    DocumentEntry,
    NotesEntry,
    Relative,
    Slip,
    parse_claims,
    records_of,
)
from quaywatch.workflows import reported

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
NOW = datetime(2025, 6, 1, tzinfo=UTC)


def example() -> str:
    """The TOML on the page."""
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "model", [ClaimsFile, DocumentEntry, NotesEntry, ClaimEntry, Relative, Slip]
)
def test_every_field_is_shown_and_told(model: type[BaseModel]) -> None:
    """A field that is nowhere shown is one that nobody fills in."""
    keys = set(_keys(tomllib.loads(example())))
    assert set(model.model_fields) <= keys
    told = PAGE.replace(example(), "")
    for name in set(model.model_fields) - {"source", "claim"}:
        assert f"`{name}" in told, name


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def test_the_example_is_accepted_but_for_its_invented_hash() -> None:
    """People copy examples; one that is refused teaches distrust of the page."""
    text = example()
    document = "\n".join(f"line {n}" for n in range(1, 15)).encode()
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("sha256"))
    parsed = parse_claims(kept.encode(), name="claims.toml")
    records = records_of(
        parsed, name="claims.toml", claims_bytes=kept.encode(), document=document, received_at=NOW
    )
    claims = [record for record in records if isinstance(record, Claim)]
    assert [(said.parameters["alias"], seen.parameters["alias"])
            for said, seen in reported.pairs(claims)] == [
        ("broadcast-10-march", "image-10-march")
    ]  # fmt: skip
    assert parse_claims(text.encode(), name="claims.toml").source.sha256 is not None


@pytest.mark.parametrize("name", ["yi-li-1", "honest-twins", "six-vessels"])
def test_the_examples_of_the_repository_are_accepted(name: str) -> None:
    """They are the first thing a newcomer ingests."""
    text = (ROOT / "examples" / name / "claims.toml").read_bytes()
    assert parse_claims(text, name=name).claim


def test_predicates_on_the_page_are_those_that_checks_read() -> None:
    """A predicate spelt otherwise is kept, but no check would ever look at it."""
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src" / "quaywatch" / "workflows").glob("*.py")
    )
    listed = set(
        re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| (?:Two|Presence)", PAGE, re.MULTILINE)
    )
    names = {name for group in listed for name in re.findall(r"[a-z-]+", group)}
    assert names == {"ais-broadcast-at", "sighted-at", "loading-at", "not-seen-at"}
    assert all(f'"{name}"' in source for name in names)
