"""Registers in a workspace: entered once, made again from the bytes, shown with day and source."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quaywatch.errors import (
    ArgumentError,
    PlaceMissingError,
    RegisterOutdatedError,
    VesselUnknownError,
)
from quaywatch.evidence.record import Basis, Claim, Observation
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.register import RegisterEntry, Rejected
from quaywatch.vessels.register_claims import METHOD, OBSERVED, SNAPSHOT
from quaywatch.vessels.register_read import open_register
from quaywatch.workflows import ingest_register as module
from quaywatch.workflows import register_snapshot
from quaywatch.workflows.cargo import deadweight_of, registers_say
from quaywatch.workflows.case_recomputing import recomputing
from quaywatch.workflows.ingest_register import ingest_register
from quaywatch.workflows.names import subject_of
from quaywatch.workflows.network import network_json
from quaywatch.workflows.receive import Terms
from quaywatch.workflows.register_again import RegistersAgain
from quaywatch.workflows.vessel import vessel_json
from quaywatch.workflows.who import who_json

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
ONE, TWO = "9000003", "9000015"
HEADER = (
    "celex,recordId,programKey,annex,measure,startDate,reason,schema,name,imoNumber,mmsi,flag\n"
)
FIRST = (
    HEADER
    + f"32017R1509,,EU-PRK,XIV.B,Transportation restrictions,22.10.2018,,Vessel,ALPHA,{ONE},,KP\n"
    + f"32017R1509,,EU-PRK,XIV.B,Transportation restrictions,22.10.2018,,Vessel,BETA,{TWO},,KP\n"
    + "32017R1509,,EU-PRK,XIV.B,Transportation restrictions,3.4.2019,,Vessel,GAMMA,,,KP\n"
)
SECOND = (
    HEADER
    + f"32017R1509,,EU-PRK,XIV.B,Transportation restrictions,22.10.2018,,Vessel,ALPHA,{ONE},,KP\n"
)
REGISTER = (
    "IMO,Name,Flag,Flag since,Owner,Owner since,Owner until,Manager,DWT,LOA,Beam,Built\n"
    f"{ONE},ALPHA ONE,Mongolia,2019,FIRST CO,2012-05,2019-01-02,RUN LTD,13000,140,20,1991\n"
    f"{ONE},ALPHA ONE,Mongolia,2019,SECOND CO,2019-01-02,,RUN LTD,13000,140,20,1991\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace."""
    with Workspace.create(tmp_path / "w") as made:
        yield made


def enter(
    workspace: Workspace, name: str, text: str, day: str | None = None, mapping: Path | None = None
) -> dict[str, Any]:
    """Ingest a file of that content."""
    path = workspace.root.parent / name
    path.write_text(text, encoding="utf-8")
    return ingest_register(
        workspace,
        [path],
        known_at=NOW,
        terms=Terms("an office", "CC0-1.0", "an office", redistributable=True),
        mapping=mapping,
        list_date=day,
        report=lambda *_: None,
    )


def claims(workspace: Workspace, subject: str) -> list[Claim]:
    """Claims of registers about a subject."""
    found = workspace.evidence.find("claim", subject=subject)
    return [c for c in found if isinstance(c, Claim) and c.method == METHOD]


def test_an_entry_is_an_observation_and_claims_with_list_and_day(workspace: Workspace) -> None:
    """A listing without its list and its day cannot be checked by anyone."""
    enter(workspace, "32017R1509.csv", FIRST, "2025-01-01")
    made = {c.predicate: c for c in claims(workspace, f"imo:{ONE}")}
    assert set(made) == {"name", "flag", "listed", "identifiers"}
    listed: Any = made["listed"].value
    assert made["listed"].basis is Basis.REPORTED
    assert listed["listed_on"] == "2018-10-22"
    assert listed["list"]["key"] == "eu/32017R1509"
    assert listed["list"]["day"] == "2025-01-01"
    assert made["listed"].time is not None
    assert made["listed"].time.start == datetime(2025, 1, 1, tzinfo=UTC)
    observation = workspace.evidence.get(made["listed"].inputs[0])
    assert isinstance(observation, Observation)
    assert observation.what == OBSERVED
    assert observation.raw is not None
    assert "ALPHA" in observation.raw
    assert observation.values["schema"] == "Vessel"
    properties: Any = observation.values["properties"]
    assert properties["imoNumber"] == [ONE]


def test_twice_is_once_and_a_day_added_later_is_a_new_reading(workspace: Workspace) -> None:
    """A list entered again must not make a second listing of one."""
    enter(workspace, "a.csv", FIRST)
    before = workspace.evidence.head()
    again = enter(workspace, "renamed.csv", FIRST)
    assert again["files"][0]["already"]
    assert workspace.evidence.head() == before
    enter(workspace, "a.csv", FIRST, "2025-01-01")
    shown = vessel_json(workspace, ONE)
    assert [one["days"] for one in shown["listings"]] == [["2025-01-01"]]
    assert shown["register"]["entries"] == 1


def test_a_list_read_by_an_older_version_is_not_taken_as_searched(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a list once named nobody, and said so of a ship that it names."""
    with monkeypatch.context() as older:
        older.setattr(register_snapshot, "READING_METHOD", "register-reading@1")
        older.setattr(register_snapshot, "SNAPSHOT_METHOD", "register-snapshot@1")
        enter(workspace, "a.csv", FIRST)
        held = workspace.evidence.head()
    with pytest.raises(RegisterOutdatedError):
        vessel_json(workspace, ONE)
    enter(workspace, "a.csv", FIRST)
    assert workspace.evidence.head() != held
    assert vessel_json(workspace, ONE)["register"]["entries"] == 1


def test_every_claim_is_made_again_from_the_bytes(workspace: Workspace, tmp_path: Path) -> None:
    """``case verify`` believes no claim that the file itself does not make."""
    enter(workspace, "a.csv", FIRST, "2025-01-01")
    enter(workspace, "register.csv", REGISTER, "2025-02")
    again = recomputing(workspace, WaterRouter(tmp_path / "water"))
    count = 0
    for claim in workspace.evidence.find("claim"):
        assert isinstance(claim, Claim)
        inputs = [workspace.evidence.get(one) for one in claim.inputs]
        assert again[claim.method](claim, inputs).id == claim.id
        count += 1
    assert count > 20


def test_a_claim_that_the_file_does_not_make_is_refused(workspace: Workspace) -> None:
    """Somebody who writes a listing into the ledger by hand must be found out."""
    enter(workspace, "a.csv", FIRST, "2025-01-01")
    real = next(c for c in claims(workspace, f"imo:{TWO}") if c.predicate == "listed")
    forged = real.model_copy(update={"subject": "imo:9000027"})
    inputs = [workspace.evidence.get(one) for one in forged.inputs]
    with pytest.raises(PlaceMissingError):
        RegistersAgain(workspace).again(forged, inputs)


def test_a_run_killed_on_the_way_is_finished_by_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a list would say of its other half that it is not listed."""
    landed: list[int] = []
    land = module._land

    def dies(*told: Any) -> int:  # noqa: ANN401  (what it stands in for is not its business)
        if landed:
            raise KeyboardInterrupt
        landed.append(land(*told))
        return landed[-1]

    monkeypatch.setattr(module, "_BATCH", 6)
    monkeypatch.setattr(module, "_land", dies)
    with pytest.raises(KeyboardInterrupt):
        enter(workspace, "a.csv", FIRST, "2025-01-01")
    assert not list(workspace.evidence.find("claim", predicate=SNAPSHOT))
    shown = vessel_json(workspace, ONE)
    assert shown["lists_searched"]["lists"] == 0
    monkeypatch.setattr(module, "_land", land)
    enter(workspace, "a.csv", FIRST, "2025-01-01")
    (whole,) = list(workspace.evidence.find("claim", predicate=SNAPSHOT))
    assert isinstance(whole, Claim)
    value: Any = whole.value
    assert value["vessels"] == 3
    assert len(list(workspace.evidence.find("observation", predicate=OBSERVED))) == 3


def test_a_file_that_breaks_off_lands_not_at_all(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a list in the ledger would stay there: records are never taken out again."""
    monkeypatch.setattr(module, "_BATCH", 2)
    result = enter(workspace, "a.csv", FIRST + '32017R1509,,EU-PRK,XIV.B,"open\n')
    assert [one["code"] for one in result["failures"]] == ["source-truncated"]
    assert workspace.evidence.head()[0] == 0


def test_a_header_over_no_row_is_no_list_searched(workspace: Workspace) -> None:
    """Entered, it would say of every ship that she is not on it."""
    result = enter(workspace, "r.csv", "IMO,Name,Flag\n", "2025-02")
    assert [one["code"] for one in result["failures"]] == ["source-empty"]
    assert workspace.evidence.head()[0] == 0


def test_a_later_snapshot_shows_who_left_and_deletes_nothing(workspace: Workspace) -> None:
    """Off the list today, a ship was on it then: both days must stand."""
    enter(workspace, "old.csv", FIRST, "2025-01-01")
    enter(workspace, "new.csv", SECOND, "2026-01-01")
    (stays,) = vessel_json(workspace, ONE)["listings"]
    (left,) = vessel_json(workspace, TWO)["listings"]
    assert (stays["status"], stays["days"]) == ("listed", ["2025-01-01", "2026-01-01"])
    assert (left["status"], left["gone_by"]) == ("no-longer-on-the-list", "2026-01-01")
    assert "no longer on that list as of 2026-01-01" in left["message"]
    assert left["claims"]


def test_an_entry_without_a_number_is_possible_and_never_found(workspace: Workspace) -> None:
    """Ships share names: to join two by a name alone is how the wrong one gets accused."""
    enter(workspace, "a.csv", FIRST, "2025-01-01")
    enter(workspace, "r.csv", "IMO,Name,Flag\n9000027,Gamma,Panama\n", "2025-02")
    shown = vessel_json(workspace, "9000027")
    assert shown["listings"] == []
    assert [one["names"] for one in shown["possible_listings"]] == [["GAMMA"]]
    assert "not counted" in shown["lists_searched"]["message"]


def test_a_number_on_no_list_is_told_what_was_searched(workspace: Workspace) -> None:
    """Unknown to every list held here is an answer, with the lists and days it rests on."""
    enter(workspace, "32017R1509.csv", FIRST, "2025-01-01")
    shown = vessel_json(workspace, "9000027")
    said = shown["lists_searched"]["message"]
    assert "Not found on EU act 32017R1509 of 2025-01-01 (3 ship entries)." in said
    assert "Nothing found is not the same as not listed." in said
    assert shown["register"] is None
    assert shown["reason"]["register"]


def test_owners_and_flags_are_shown_over_time(workspace: Workspace) -> None:
    """Who owned a ship in 2015 is another question than who owns her now."""
    enter(workspace, "register.csv", REGISTER, "2025-02")
    told = vessel_json(workspace, ONE)["register"]
    owners = [(p["name"], p["from"], p["until"]) for p in told["parties"] if p["role"] == "owner"]
    assert owners == [("FIRST CO", "2012-05", "2019-01-02"), ("SECOND CO", "2019-01-02", None)]
    assert [(f["flag"], f["from"]) for f in told["flags"]] == [("MN", "2019")]
    assert told["particulars"]["length_m"][0]["value"] == 140
    (manager,) = [p for p in told["parties"] if p["role"] == "manager"]
    assert manager["said_by"][0]["day"] == "2025-02"


def test_registers_that_differ_are_both_shown_and_both_counted_with(workspace: Workspace) -> None:
    """A ship of unknown deadweight has no tonnes; one of two deadweights has a wider interval."""
    assert deadweight_of(workspace, f"imo:{ONE}")[0] is None
    enter(workspace, "register.csv", REGISTER, "2025-02")
    figure, made = deadweight_of(workspace, f"imo:{ONE}")
    assert figure is not None
    assert (figure.low, figure.high) == (13_000, 13_000)
    assert registers_say(made) == "Deadweight 13,000 t (register of 2025-02)."
    enter(workspace, "other.csv", f"IMO,Name,DWT\n{ONE},ALPHA,12400\n")
    figure, made = deadweight_of(workspace, f"imo:{ONE}")
    assert figure is not None
    assert (figure.low, figure.high) == (12_400, 13_000)
    said = registers_say(made)
    assert said is not None
    assert "12,400 t (other of a day that nobody states); 13,000 t (register of 2025-02)" in said
    conflicts = vessel_json(workspace, ONE)["register"]["conflicts"]
    assert any("deadweight_t is stated differently" in one for one in conflicts)


def test_a_wrong_mapping_mended_no_longer_counts(workspace: Workspace, tmp_path: Path) -> None:
    """A gross tonnage read as deadweight must leave the tonnes when the mapping is put right."""
    text = f"IMO,Name,Size\n{ONE},ALPHA,9999\n"
    for field in ("dwt-t", "gt"):
        mapping = tmp_path / "m.toml"
        mapping.write_text(f'[columns]\nSize = "{field}"\n')
        enter(workspace, "x.csv", text, "2025-01", mapping=mapping)
    assert deadweight_of(workspace, f"imo:{ONE}")[0] is None


def test_who_and_network_read_a_file_as_it_was_read_last(
    workspace: Workspace, tmp_path: Path
) -> None:
    """A column taken for the owner by mistake must not tie a ship to a listed company for good."""
    text = f"IMO,Name,Firm\n{ONE},ALPHA,LISTED CO LTD\n"
    mapping = tmp_path / "m.toml"
    for field, day in (("owner", None), ("insurer", "2025-01")):
        mapping.write_text(f'[columns]\nFirm = "{field}"\n')
        enter(workspace, "x.csv", text, day, mapping=mapping)
    roles = {tie["role"] for tie in network_json(workspace, ONE, now=NOW)["ties"]}
    assert "owner" not in roles
    assert [one["day"] for one in who_json(workspace, "ALPHA")["searched"]] == ["2025-01"]


def test_a_name_put_right_no_longer_calls_the_ship(workspace: Workspace, tmp_path: Path) -> None:
    """A ship must not be found, or headed, under a name that a column mistaken once gave it."""
    text = f"IMO,Name,Other\n{ONE},Álpha,BETA\n"
    mapping = tmp_path / "m.toml"
    for right, wrong in (("Other", "Name"), ("Name", "Other")):
        mapping.write_text(f'guess = false\n[columns]\nIMO = "imo"\n{right} = "name"\n')
        enter(workspace, "x.csv", text, mapping=mapping)
        name = vessel_json(workspace, f"imo:{ONE}")["name"]
        assert name == {"Name": "Álpha", "Other": "BETA"}[right]
        with pytest.raises(VesselUnknownError):
            subject_of(workspace, {"Name": "álpha", "Other": "beta"}[wrong])
    assert subject_of(workspace, "ÁLPHA") == f"imo:{ONE}"


def test_a_day_still_to_come_is_refused(workspace: Workspace) -> None:
    """A mistyped year would make a list the latest, and whoever is not on it delisted."""
    with pytest.raises(ArgumentError, match="still to come"):
        enter(workspace, "32017R1509.csv", FIRST, "2031-01-01")
    assert not claims(workspace, f"imo:{ONE}")


@pytest.mark.realdata
def test_the_recorded_lists_come_out_as_they_are_described(
    workspace: Workspace, shared_data: Path
) -> None:
    """Golden: README of ../shared/data: 685 ships, 678 IMO numbers, 106 DPRK; 752 and 75.

    The 752 are rows: 18 ships stand in two of them (another measure or another annex), and one
    row has no IMO number, so that they are 733 ships with a number; of the 75 of the DPRK act, 14.
    """
    registry = shared_data / "registry"
    lists = [
        (registry / "ofac_sdn_2023" / "vessels.csv", "2023-01"),
        (registry / "eu_2026" / "vessels.csv", "2026-08-22"),
        (registry / "eu_2026" / "32017R1509.csv.gz", "2026-08-22"),
    ]
    files = []
    for path, day in lists:
        result = ingest_register(
            workspace, [path], known_at=NOW, terms=Terms(), list_date=day, report=lambda *_: None
        )
        assert result["failures"] == []
        files += result["files"]
    assert [(f["vessels"], f["imo_numbers"]) for f in files] == [
        (685, 678), (752, 733), (75, 60),
    ]  # fmt: skip
    korean = set()
    for claim in workspace.evidence.find("claim", predicate="listed"):
        value: Any = claim.value if isinstance(claim, Claim) else {}
        if value["schema"] == "Vessel" and value["list_key"] == "ofac/sdn":
            korean |= {value["entry"]} if "DPRK" in value["programme"] else set()
    assert len(korean) == 106
    assert files[1]["lists"]["eu/32017R1509"]["vessels"] == 75
    shown = vessel_json(workspace, "8606173")
    assert [one["list"] for one in shown["listings"]] == ["eu/32017R1509"]
    assert shown["possible_listings"][0]["names"] == ["RYONG GUN BONG"]


@pytest.mark.realdata
def test_the_whole_sdn_list_is_read(shared_data: Path) -> None:
    """Golden: 11,443 entries of January 2023; ships, companies and what is left out add up."""
    path = shared_data / "registry" / "ofac_sdn_2023" / "sdn.csv.gz"
    register = open_register(path, name=path.name)
    items = list(register.entries())
    kinds = Counter(i.code if isinstance(i, Rejected) else i.schema for i in items)
    assert kinds == {"Vessel": 685, "Organization": 4575, "person": 5890, "aircraft": 293}
    ships = [i for i in items if isinstance(i, RegisterEntry) and i.schema == "Vessel"]
    linked = [party for ship in ships for party in ship.parties if party.role == "linked"]
    assert len(linked) == 673
    assert all(party.entry_id for party in linked)
    assert all(flag.country or flag.printed == "None Identified" for s in ships for flag in s.flags)
