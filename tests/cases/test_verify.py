"""One changed byte anywhere fails, whoever changed what else along with it."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quaywatch.cases.case import read_case
from quaywatch.cases.dossier import build_dossier, seal_claim
from quaywatch.cases.source_lines import stands_at
from quaywatch.cases.verify import verify_case
from quaywatch.cases.verify_report import VerifyReport
from quaywatch.evidence.record import Claim, Record, canonical_json

FILES = ("case.toml", "dossier.html", "dossier.pdf", "manifest.json")
SAME_WORLD = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(name="built")
def _built(world: SimpleNamespace, recompute: dict[str, Any], tmp_path: Path) -> SimpleNamespace:
    """The world's case, built, sealed and written."""
    dossier = build_dossier(
        world.case,
        world.store,
        land=world.land,
        built_at=world.store.chain[0].known_at,
        ledger_head=world.store.chain[-1].hash,
        version="0.1.0",
    )
    folder = tmp_path / world.case.id
    folder.mkdir()
    for name, data in dossier.files().items():
        (folder / name).write_bytes(data)
    world.store.append(
        [seal_claim(world.case, dossier.manifest_bytes)], known_at=world.store.chain[0].known_at
    )
    world.folder, world.dossier, world.recompute = folder, dossier, recompute
    return world


def verify(built: SimpleNamespace) -> VerifyReport:
    """The report on the world's case."""
    return verify_case(built.folder, built.store, recompute=built.recompute)


def codes(built: SimpleNamespace) -> set[str]:
    """The codes of its failures."""
    return {failure.code for failure in verify(built).failures}


def reseal(built: SimpleNamespace, html: str) -> None:
    """What a forger with the whole workspace would do: adapt manifest and seal to the page."""
    manifest = json.loads((built.folder / "manifest.json").read_bytes())
    manifest["files"]["dossier.html"] = hashlib.sha256(html.encode()).hexdigest()
    data = canonical_json(manifest)
    (built.folder / "dossier.html").write_bytes(html.encode())
    (built.folder / "manifest.json").write_bytes(data)
    case = read_case((built.folder / "case.toml").read_text())
    built.store.append([seal_claim(case, data)], known_at=built.store.chain[0].known_at)


def test_an_honest_case_verifies(built: SimpleNamespace) -> None:
    """A check that fails honest work would soon be ignored."""
    report = verify(built)

    assert report.failures == []
    assert report.ok
    assert report.checked["claims recomputed"] == 3
    assert report.checked["quotes found in their sources"] == 1
    assert report.summary()["ok"] is True


@SAME_WORLD
@given(data=st.data())
def test_one_flipped_bit_in_a_file_fails(built: SimpleNamespace, data: st.DataObject) -> None:
    """The promise on the last page of the dossier, word for word."""
    path = built.folder / data.draw(st.sampled_from(FILES))
    good = path.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(bad))
    try:
        assert not verify(built).ok
    finally:
        path.write_bytes(good)


@SAME_WORLD
@given(data=st.data())
def test_one_flipped_bit_in_an_object_fails(built: SimpleNamespace, data: st.DataObject) -> None:
    """The bytes that everything rests on: sources and plates alike."""
    name = data.draw(st.sampled_from(sorted(built.store.objects)))
    good = built.store.objects[name]
    bad = bytearray(good)
    bad[data.draw(st.integers(0, len(good) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    built.store.objects[name] = bytes(bad)
    try:
        assert "object-changed" in codes(built)
    finally:
        built.store.objects[name] = good


@SAME_WORLD
@given(data=st.data())
def test_a_digit_changed_with_manifest_and_seal_still_fails(
    built: SimpleNamespace, data: st.DataObject
) -> None:
    """The page is held against the records themselves, not against a hash of itself alone."""
    html = built.dossier.html
    body = html.index("<body>")
    spots = list(re.finditer(r">[^<>]*\d[^<>]*<", html[body:]))
    spot = data.draw(st.sampled_from(spots))
    places = [i for i in range(spot.start(), spot.end()) if html[body + i].isdigit()]
    at = body + data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != html[at]]))
    around = html[at - 8 : at + 8]
    if re.search(r"SHA-256|ICD-203|WGS84|&#x", around):
        return  # Names, not numbers; or the number of a character.
    before = len(built.store.chain)
    good = {name: (built.folder / name).read_bytes() for name in FILES}
    reseal(built, html[:at] + digit + html[at + 1 :])
    try:
        assert codes(built) == {"page-differs"}
    finally:
        for entry in built.store.chain[before:]:
            del built.store.records[entry.record_id]
        del built.store.chain[before:]
        for name, content in good.items():
            (built.folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<main>", "<main><p>It sailed at 40 kn.</p>"),
        ("<main>", "<main><script>x()</script>"),
        ("<main>", '<main><img src="https://example.org/x.png" alt="a picture of it">'),
        ("<main>", '<main><p style="x" onclick="y()">a</p>'),
        ("@page", "@import 'x'; @page"),
        ("almost certain (at least 99%)", "almost certain"),
        ("The transponder&#x27;s position was falsified.", "The position was true."),
        ('data-figure="timeline"', 'data-figure="timeline-x"'),
        ("A second image of Nampo", "A third image of Nampo"),
    ],
)
def test_a_page_altered_by_a_careful_forger_fails(
    built: SimpleNamespace, old: str, new: str
) -> None:
    """Added numbers, swapped pictures and dropped rivals change what a reader believes."""
    assert old in built.dossier.html
    reseal(built, built.dossier.html.replace(old, new))

    assert "page-differs" in codes(built)


def test_a_rival_left_out_of_the_page_fails(built: SimpleNamespace) -> None:
    """Leaving out is the easiest way to mislead."""
    html = re.sub(
        r"<tr><th[^>]*>(?:(?!</tr>).)*sister ship.*?</tr>", "", built.dossier.html, flags=re.DOTALL
    )
    reseal(built, html)

    assert "page-differs" in codes(built)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_fails(built: SimpleNamespace, name: str) -> None:
    """A case without its manifest proves nothing."""
    (built.folder / name).unlink()

    assert codes(built) == {"file-missing"}


def test_an_extra_file_fails(built: SimpleNamespace) -> None:
    """A picture slipped into the folder would travel under the case's name."""
    (built.folder / "more").mkdir()
    (built.folder / "more" / "note.txt").write_text("x")

    assert codes(built) == {"file-extra"}


def test_a_rewritten_record_fails(built: SimpleNamespace) -> None:
    """A licence is not part of a source's id, so the ledger must hold it."""
    source = next(r for r in built.store.records.values() if r.kind == "source")
    built.store.records[source.id] = source.model_copy(update={"credit": "Somebody else"})

    assert "record-changed" in codes(built)


def test_a_broken_or_shortened_ledger_fails(built: SimpleNamespace) -> None:
    """History cut back to before the build is history rewritten."""
    whole = list(built.store.chain)
    built.store.chain = [whole[0], *whole[2:]]
    assert "ledger-broken" in codes(built)

    built.store.chain = whole[:3]
    assert {"ledger-head", "seal-missing"} <= codes(built)


def test_an_unsealed_manifest_fails(built: SimpleNamespace) -> None:
    """Without the seal, page and manifest could be swapped together."""
    entry = built.store.chain.pop()
    del built.store.records[entry.record_id]

    assert codes(built) == {"seal-missing"}


def test_a_method_that_gives_another_answer_fails(built: SimpleNamespace) -> None:
    """“Every number recomputes” means byte for byte."""
    honest = built.recompute["two-places@1"]

    def other(claim: Claim, inputs: Sequence[Record]) -> Claim:
        made = honest(claim, inputs)
        slower: Claim = built.changed(made, value={**made.value, "required_speed_kn": 114.0})
        return slower

    built.recompute["two-places@1"] = other

    assert codes(built) == {"claim-differs"}


def test_a_method_that_fails_is_reported_not_raised(built: SimpleNamespace) -> None:
    """A damaged input must give a report, not a traceback."""

    def broken(_claim: Claim, _inputs: Sequence[Record]) -> Claim:
        raise ZeroDivisionError

    built.recompute["two-places@1"] = broken

    assert codes(built) == {"claim-differs"}


def test_an_unknown_method_is_not_taken_on_trust(built: SimpleNamespace) -> None:
    """A claim that cannot be computed again is unverified, and the report must not say ok."""
    del built.recompute["gap@1"]

    assert codes(built) == {"not-recomputed"}


@pytest.mark.parametrize(
    ("raw", "locator", "expected"),
    [
        ("seven minutes later at 00:16", "lines 4-4", True),
        ("minutes later at 00:16 UTC shows the ship in the port", "lines 4-5", True),
        ("seven minutes later", "line 3", False),
        ("eight minutes later", "whole", False),
        ("Ships and shores", "record 9", True),
        ("Ships and shores", "page 3", None),
        ("   ", "whole", False),
    ],
)
def test_quoted_words_are_looked_up_where_they_stand(
    raw: str, locator: str, *, expected: bool | None
) -> None:
    """A quotation from the wrong line is how two events become one."""
    text = "Ships and shores\n\nOn 3 February\nan image only seven minutes later at 00:16 UTC\n"

    assert stands_at(raw, locator, (text + "shows the ship in the port").encode()) is expected


def test_a_misquoted_source_fails(
    built: SimpleNamespace, make_misquote: Callable[..., None]
) -> None:
    """Reported claims rest on words; the words must be the source's."""
    make_misquote(built)

    assert "quote-missing" in codes(built)


@pytest.fixture(name="make_misquote")
def _make_misquote() -> Callable[..., None]:
    def change(built: SimpleNamespace) -> None:
        said = built.seen["said"]
        built.store.records[said.id] = said.model_copy(update={"raw": "It was never there."})

    return change


def test_words_under_a_computed_claim_are_looked_up_too(built: SimpleNamespace) -> None:
    """A broadcast taken from an article is only as good as the article's line."""
    said = built.seen["said"]
    claim = built.changed(built.claims["gap"], inputs=(said.id,))
    finding = built.changed(built.findings[1], statement="A gap.", claims=(claim.id,))
    built.store.append([claim, finding], known_at=built.store.chain[0].known_at)
    built.case = built.case.model_copy(update={"findings": (finding.id,)})
    rebuild(built)
    assert verify(built).checked["quotes found in their sources"] == 1

    source_id = said.source_id.partition(":")[2]
    moved = built.changed(said, locator="line 1")
    assert stands_at(moved.raw, moved.locator, built.store.objects[source_id]) is False


def rebuild(built: SimpleNamespace) -> None:
    """Build the world's case again, as a user would after new findings."""
    dossier = build_dossier(
        built.case,
        built.store,
        land=built.land,
        built_at=built.store.chain[0].known_at,
        ledger_head=built.store.chain[-1].hash,
        version="0.1.0",
    )
    for name, data in dossier.files().items():
        (built.folder / name).write_bytes(data)
    built.store.append(
        [seal_claim(built.case, dossier.manifest_bytes)], known_at=built.store.chain[0].known_at
    )


def test_a_case_can_grow_and_be_built_again(built: SimpleNamespace) -> None:
    """Records learned after a build neither break the old seal nor the new one."""
    more = built.changed(built.seen["far"], locator="record 881")
    built.store.append([more], known_at=built.store.chain[0].known_at)
    assert verify(built).ok

    rebuild(built)

    assert verify(built).ok


def test_an_older_dossier_of_the_same_case_still_verifies(built: SimpleNamespace) -> None:
    """What a report said last month must still recompute."""
    old = {name: (built.folder / name).read_bytes() for name in FILES}
    built.store.append(
        [built.changed(built.seen["far"], locator="record 882")],
        known_at=built.store.chain[0].known_at,
    )
    rebuild(built)
    for name, data in old.items():
        (built.folder / name).write_bytes(data)

    assert verify(built).ok
