"""Exports piece by piece: commitments bind, redaction leaves nothing, files read back."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.cases.closure import Closure, rests_on
from quaywatch.cases.export_commit import Opening, commitment, salt_for
from quaywatch.cases.export_files import listed, pin, unpack_archive, write_archive
from quaywatch.cases.export_ftm import ftm_lines
from quaywatch.cases.export_gpkg import gpkg_bytes, layers_of, same_layers
from quaywatch.cases.export_ledger import as_json, from_json, shown, walk
from quaywatch.cases.export_prov import prov_json, prov_n
from quaywatch.cases.export_redact import redact
from quaywatch.cases.export_secrets import secrets_of
from quaywatch.cases.verify_cache import VerifiedBefore
from quaywatch.errors import BundleError, LedgerBrokenError
from quaywatch.evidence.record import Basis, Claim, Finding, Observation, Rival, Source

AT = datetime(2025, 5, 7, 12, tzinfo=UTC)
SECRET = bytes(range(32))
QUOTE = "The harbour master saw her load coking coal at the western jetty on Tuesday"


def source(name: str, *, provider: str = "An open archive") -> Source:
    """A source of its own bytes."""
    return Source(
        sha256=hashlib.sha256(name.encode()).hexdigest(), size_bytes=len(name), name=name,
        media="article", received_at=AT, provider=provider, credit=provider,
        licence="CC0-1.0", redistributable=True,
    )  # fmt: skip


@pytest.fixture
def told() -> SimpleNamespace:
    """One open source, one in confidence, and a finding that rests on both."""
    open_one, secret = (
        source("open.txt"),
        source("informant-letter.txt", provider="A. N. Informant"),
    )
    said = Observation(
        source_id=secret.id, what="statement", subject="imo:9074729", locator="line 1",
        raw=QUOTE, values={"lon": 125.3917, "lat": 38.7213, "tonnes_t": 4321.5},
    )  # fmt: skip
    heard = Observation(
        source_id=open_one.id, what="ais-position", subject="mmsi:273000001",
        locator="record 7", values={"lon": 124.0011, "lat": 36.5011},
    )  # fmt: skip
    reported = Claim(
        subject="imo:9074729", predicate="sighted-at", value={"lon": 125.3917, "lat": 38.7213},
        basis=Basis.REPORTED, method="reported@1", inputs=(said.id,),
    )  # fmt: skip
    check = Claim(
        subject="imo:9074729", predicate="two-places",
        value={
            "verdict": "impossible", "distance_nm": 147.26, "cargo_t": 4321.5,
            "messages": ["From 38.7213°N it is 147 nm.", "It is too far."],
            "geometry": {"type": "FeatureCollection", "features": [
                {"type": "Feature", "geometry": {"type": "Point", "coordinates": [125.39, 38.72]},
                 "properties": {"role": "sighting", "label": "As reported"}},
                {"type": "Feature", "geometry": {"type": "Point", "coordinates": [124.0, 36.5]},
                 "properties": {"role": "broadcast", "label": "Broadcast"}}]},
        },
        basis=Basis.INFERRED, method="two-places@1", inputs=(heard.id, reported.id),
    )  # fmt: skip
    finding = Finding(
        subject="imo:9074729", statement="The two were not both of one hull.",
        claims=(check.id,), argument="As the informant-letter.txt says.", assumptions=(),
        rivals=(Rival(statement="A clock was wrong.", stands="unlikely", because="By hours."),),
        would_refute=("Another log.",), probability=0.9, source_confidence="Moderate.",
    )  # fmt: skip
    records = {r.id: r for r in (finding, check, heard, reported, said, open_one, secret)}
    return SimpleNamespace(records=records, secret=secret, finding=finding, check=check, said=said)


def salts(item: str) -> bytes:
    """As a workspace makes them."""
    return salt_for(SECRET, item)


def test_nothing_of_a_redacted_source_is_left(told: SimpleNamespace) -> None:
    """Whatever field it stood in: a name, a sentence, a number, a position, a hash."""
    made = redact(told.records, [told.secret.id], salts)
    text = b"\n".join(r.canonical() for r in made.records.values()).decode().lower()
    for word in ("informant", "harbour master", "western jetty", "125.39", "38.72", "4321.5"):
        assert word not in text, word
    for gone in (told.secret, told.said, told.check, told.finding):
        assert gone.id.partition(":")[2] not in text


def test_numbers_computed_from_it_remain(told: SimpleNamespace) -> None:
    """A case from which the conclusions went too would be no case."""
    made = redact(told.records, [told.secret.id], salts)
    check = made.records[made.now(told.check.id)]
    assert isinstance(check, Claim)
    assert isinstance(check.value, dict)
    assert check.value["distance_nm"] == 147.26
    assert check.value["verdict"] == "impossible"
    features = check.value["geometry"]["features"]  # type: ignore[index, call-overload]  # a FeatureCollection, above
    assert [f["properties"]["role"] for f in features] == ["broadcast"]  # type: ignore[index, call-overload, union-attr]  # as above
    finding = made.records[made.now(told.finding.id)]
    assert isinstance(finding, Finding)
    assert finding.probability == 0.9
    assert finding.statement == told.finding.statement


def test_what_is_left_is_a_whole_case(told: SimpleNamespace) -> None:
    """Every id is that of its content, and every record cited is there."""
    made = redact(told.records, [told.secret.id], salts)
    for record_id, record in made.records.items():
        assert record.id == record_id
        assert set(rests_on(record)) <= set(made.records)
    untouched = [i for i in told.records if made.now(i) == i]
    assert len(untouched) == 2


def test_a_redaction_repeats(told: SimpleNamespace) -> None:
    """Two exports of one case are the same bytes."""
    one = redact(told.records, [told.secret.id], salts)
    other = redact(told.records, [told.secret.id], salts)
    assert list(one.records) == list(other.records)
    assert one.redacted == other.redacted


def test_a_claim_that_only_names_a_hidden_scene_is_shown_less_the_name() -> None:
    """A check may say which image it is about without resting on it; its name is secret as well."""
    image, text = source("20250203_pass.tif"), source("open.txt")
    scene = Claim(
        subject="scene:20250203_pass-1a43db38", predicate="scene", value={"clear_share": 0.5},
        basis=Basis.OBSERVED, method="scene@1", inputs=(image.id,),
    )  # fmt: skip
    check = Claim(
        subject="imo:9074729", predicate="contradiction", value={"odds": 2.25},
        parameters={"cause": scene.subject}, basis=Basis.INFERRED, method="contradiction@2",
        inputs=(text.id,),
    )  # fmt: skip
    records = {r.id: r for r in (check, scene, text, image)}
    made = redact(records, {image.id}, lambda item: salt_for(SECRET, item))
    shown_as = made.records[made.now(check.id)]
    assert isinstance(shown_as, Claim)
    assert shown_as.value == {"odds": 2.25}
    assert not any(b"1a43db38" in record.canonical() for record in made.records.values())


def test_the_day_of_an_event_is_no_secret() -> None:
    """Days stay, as the page on exports says: one stated by itself must not stop an export."""
    text = source("informant-letter.txt")
    said = Observation(
        source_id=text.id, what="statement", subject="imo:9074729", locator="line 1",
        values={"date": "2025-02-03", "month": "2025-02", "at": "2025-02-03T00:16:00Z"},
    )  # fmt: skip
    found = secrets_of([said])
    assert not found.in_text("Seen on 2025-02-03, a day of 2025-02.")
    assert found.in_text("Seen at 2025-02-03T00:16:00Z.")


def test_what_an_open_source_states_too_is_no_secret(told: SimpleNamespace) -> None:
    """Else redacting one report of a public fact would blank it everywhere."""
    same = Observation(
        source_id=source("open.txt").id, what="statement", subject="imo:9074729",
        locator="line 9", values={"tonnes_t": 4321.5},
    )  # fmt: skip
    made = redact({**told.records, same.id: same}, [told.secret.id], salts)
    check = made.records[made.now(told.check.id)]
    assert isinstance(check, Claim)
    assert isinstance(check.value, dict)
    assert check.value["cargo_t"] == 4321.5


@given(content=st.binary(max_size=64), other=st.binary(max_size=64), item=st.text(max_size=20))
def test_a_commitment_binds(content: bytes, other: bytes, item: str) -> None:
    """What was committed to cannot become something else by the time it is disclosed."""
    salt = salt_for(SECRET, item)
    assert (commitment(salt, content) == commitment(salt, other)) == (content == other)
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(salt + content + b"x", b"")


def test_an_opening_opens_only_its_own(told: SimpleNamespace) -> None:
    """Salt and content of one item say nothing of another."""
    made = redact(told.records, [told.secret.id], salts)
    for one in made.redacted:
        content = told.records[one.original].content()
        assert Opening(one.id, salts(one.original), content).opens(one.commitment)
        assert not Opening(one.id, salts("other"), content).opens(one.commitment)


def test_a_ledger_with_closed_entries_still_holds(world: SimpleNamespace) -> None:
    """What is not shown must not be a place to change what is."""
    entries = list(world.store.entries())
    kept = {entry.record_id for entry in entries[::2]}
    steps = list(shown(entries, kept))
    assert walk(steps) == entries[-1].hash
    lines = [json.loads(json.dumps(as_json(step))) for step in steps]
    assert from_json(lines) == steps
    assert all(entry.record_id not in json.dumps(lines) for entry in entries[1::2])
    for k in range(len(lines)):
        changed = [dict(line) for line in lines]
        changed[k]["hash"] = "0" * 64
        if k + 1 < len(lines) or "record_id" in changed[k]:
            with pytest.raises(LedgerBrokenError):
                walk(from_json(changed))


def test_machine_files_repeat_and_read_back(told: SimpleNamespace) -> None:
    """A file for machines that differs from run to run cannot be checked."""
    whole = Closure(told.records)
    case = SimpleNamespace(id="one", title="One", findings=(told.finding.id,))
    makers: tuple[Callable[[], object], ...] = (
        lambda: ftm_lines(whole, ()),
        lambda: prov_json(case, whole, ()),  # type: ignore[arg-type]  # the three fields it reads
        lambda: prov_n(case, whole, ()),  # type: ignore[arg-type]  # the three fields it reads
    )
    for make in makers:
        assert make() == make()
    prov = json.loads(prov_json(case, whole, ()))  # type: ignore[arg-type]  # the three fields it reads
    assert any(name.endswith("distance_nm") for name in prov["entity"])
    assert prov["wasGeneratedBy"]
    one, other = gpkg_bytes(whole, ()), gpkg_bytes(whole, ())
    assert one is not None
    assert other is not None
    assert same_layers(one, other)
    layers = layers_of(one)
    assert {"positions", "sightings", "contradictions"} <= set(layers)
    assert not same_layers(one, gpkg_bytes(whole, {told.check.id}) or b"")


def test_entities_are_those_of_followthemoney(told: SimpleNamespace) -> None:
    """Their tools refuse an entity with a property that its schema does not have."""
    ftm = pytest.importorskip("followthemoney")
    for line in ftm_lines(Closure(told.records), ()).splitlines():
        entity = json.loads(line)
        schema = ftm.model.get(entity["schema"])
        assert schema is not None
        assert set(entity["properties"]) <= set(schema.properties), entity["schema"]
        made = ftm.model.get_proxy(entity)
        assert made.caption


def test_an_archive_is_the_one_of_its_files(tmp_path: Path) -> None:
    """Names that lead out, and bytes between the files, are found."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("coal", encoding="utf-8")
    (folder / "b.txt").write_text("", encoding="utf-8")
    pin(folder, {"case": "one"})
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    write_archive(folder, one)
    write_archive(folder, other)
    assert one.read_bytes() == other.read_bytes()
    into = tmp_path / "x" / "out"
    into.mkdir(parents=True)
    assert unpack_archive(one, into)
    assert [name for name, _ in listed(into)] == [name for name, _ in listed(folder)]
    escaped = one.read_bytes().replace(b"sub/a.txt", b"../../a.x")
    one.write_bytes(escaped)
    with pytest.raises(BundleError):
        unpack_archive(one, into)


@pytest.mark.parametrize("what", ["world", "code", "claim"])
def test_a_change_of_anything_it_rests_on_is_no_hit(
    told: SimpleNamespace, tmp_path: Path, what: str
) -> None:
    """A stale answer would pass off what the old code found as what this one does."""
    path = tmp_path / "verified.jsonl"
    first = VerifiedBefore(path, "w", "2025-06-01", "c")
    first.keep(told.check)
    first.save()
    again = VerifiedBefore(path, "w", "2025-06-02", "c").load()
    assert again.day_of(told.check) == "2025-06-01"
    changed = VerifiedBefore(
        path, "v" if what == "world" else "w", "x", "d" if what == "code" else "c"
    ).load()
    claim = told.check
    if what == "claim":
        claim = told.check.model_copy(update={"parameters": {"top_kn": 26}})
    assert changed.day_of(claim) is None


def test_secrets_are_found_however_they_are_printed(told: SimpleNamespace) -> None:
    """A page prints a number in another form than the record holds it."""
    secrets = secrets_of([told.said, told.secret])
    for text in ("38.7213°N 125.3917°E", "about 38.72 north", "4321.5 t", QUOTE[4:60].upper()):
        assert secrets.in_text(text), text
    assert not secrets.in_text("It lies 14 nm north of the quay, 2 days before.")
    assert secrets.is_place(125.40, 38.70)
    assert not secrets.is_place(124.0, 36.5)
