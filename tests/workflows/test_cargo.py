"""Cargo, value and stock balance as claims: entered as a user enters them, and made again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from shapely.geometry import box, mapping

from quaywatch.cases.lint import lint_text
from quaywatch.evidence.record import Claim, Source
from quaywatch.evidence.reported import parse_claims
from quaywatch.geo.position import Position
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.bench.stock_worlds import (
    CONTROL,
    GRID,
    QUAY_ROW,
    SIZE,
    YARD,
    Box,
    Conditions,
    render,
)
from quaywatch.voyages.cargo import Carriage
from quaywatch.voyages.cargo import cargo_of as cargo_of_one
from quaywatch.voyages.cargo_total import total_of
from quaywatch.voyages.draught import Change, Hull
from quaywatch.voyages.figures import deadweight, read_figure
from quaywatch.voyages.gazetteer import Place
from quaywatch.voyages.mass_balance import Amount, Ledger, StockChange, balance_of
from quaywatch.voyages.voyage import Call, Laden, Voyage, When
from quaywatch.workflows import cargo
from quaywatch.workflows.cargo import cargo_of, carriages_of, deadweight_of, worth_of
from quaywatch.workflows.cargo_balance import balance_claim, last_balance, remainder_line
from quaywatch.workflows.cargo_claims import claim_cargo, recomputing
from quaywatch.workflows.cargo_reported import (
    DEADWEIGHT,
    FIGURES,
    claim_reported_worth,
    reported_about,
    reported_worth,
)
from quaywatch.workflows.ingest_claims import ingest_claims
from quaywatch.workflows.looks import watch_looks
from quaywatch.workflows.scenes import ingest_imagery
from quaywatch.workflows.stock import watch_stock

NOW = datetime(2025, 6, 1, tzinfo=UTC)
DAY = datetime(2025, 2, 3, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "examples" / "six-vessels" / "claims.toml"
DOCUMENT = """\
Three ships, ONE, TWO and THREE, made at least 12 voyages.
Their combined deadweight is approximately 90,000 tonnes.
At $80 a tonne their cargoes fetched over $7.2 million.
ONE is of 10,000 tonnes deadweight.
"""
HEAD = """\
simulated = true
[source]
path = "document.txt"
title = "A document"
unknown = { licence = "none stated" }
"""
FLEET: dict[str, tuple[str, str, str]] = {
    "voyages": ("name:the three", "at least 12 voyages", "1"),
    "combined-deadweight": ("name:the three", "about 90000 t", "2"),
    "price-applied": ("name:the three", "80 USD/t coal", "3"),
    "value": ("name:the three", "over 7200000 USD", "3"),
    "deadweight": ("imo:9074729", "10000 t", "4"),
}
"""By predicate: subject, note and lines."""
MEMBERS = {"imo:9074729": "ONE", "imo:9125786": "TWO", "imo:1059149": "THREE"}
VOYAGE = Voyage(
    vessel="imo:9074729",
    kind="cargo",
    load=None,
    discharge=None,
    stops=(),
    legs=(),
    began=When.at(DAY),
    ended=When.at(DAY + timedelta(days=6)),
    probability=None,
    laden=Laden(0.9, None),
)


def entries(fleet: dict[str, tuple[str, str, str]] | None = None) -> str:
    """A claims file that enters the document's figures."""
    claims = [
        ("named-" + predicate, subject, predicate, note, lines, "")
        for predicate, (subject, note, lines) in (fleet or FLEET).items()
    ] + [
        (f"member-{k}", subject, "fleet-member", "the three", "1", f'name = "{name}"')
        for k, (subject, name) in enumerate(MEMBERS.items())
    ]
    return HEAD + "".join(
        f'[[claim]]\nid = "{alias}"\nsubject = "{subject}"\npredicate = "{predicate}"\n'
        f'time = "2025-01-01/2025-03-31"\nnote = "{note}"\nlines = "{lines}"\n{name}\n'
        for alias, subject, predicate, note, lines, name in claims
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace."""
    with Workspace.create(tmp_path / "w") as made:
        yield made


def enter(workspace: Workspace, folder: Path, text: str, name: str = "claims.toml") -> None:
    """Ingest a claims file beside the document."""
    (folder / "document.txt").write_text(DOCUMENT)
    (folder / name).write_text(text)
    ingest_claims(workspace, folder / name, known_at=NOW)


def made_again(workspace: Workspace, claim: Claim) -> Claim:
    """The claim recomputed from its inputs alone, as ``case verify`` does."""
    inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
    return recomputing(workspace)[claim.method](claim, inputs)


def test_a_published_total_is_read_both_ways_and_made_again(
    workspace: Workspace, tmp_path: Path
) -> None:
    """What the editor asks: is 90,000 tonnes three shiploads, or twelve?"""
    enter(workspace, tmp_path, entries())
    (claim,) = claim_reported_worth(workspace, now=NOW)
    said: Any = claim.value
    one, other = said["readings"]
    assert (one["deadweight_over_voyages_t"], one["face_value_usd"]) == (90_000, 7_200_000)
    assert (other["deadweight_over_voyages_t"], other["face_value_usd"]) == (360_000, 28_800_000)
    assert (one["voyages_valued"], other["voyages_valued"]) == (12, 3)
    assert said["product"]["follows"]
    assert said["not_printed"] == []
    assert [ship["name"] for ship in said["ships"]] == ["ONE", "TWO", "THREE"]
    assert said["ships"][1]["reason"] == "DWT unknown: no tonnes stated."
    assert made_again(workspace, claim).id == claim.id
    assert [c.id for c in reported_about(workspace, [*MEMBERS, "imo:9999993"])] == [claim.id]
    assert reported_about(workspace, [*MEMBERS][:2]) == []
    before = workspace.evidence.head()
    claim_reported_worth(workspace, now=NOW)
    assert workspace.evidence.head() == before


def test_a_figure_that_its_lines_do_not_print_is_told(workspace: Workspace, tmp_path: Path) -> None:
    """A slip of the analyst's keyboard must not pass for the source's word."""
    fleet = FLEET | {"combined-deadweight": ("name:the three", "about 900000 t", "2")}
    enter(workspace, tmp_path, entries(fleet))
    (claim,) = reported_worth(workspace)
    said: Any = claim.value
    assert said["not_printed"] == [
        "named-combined-deadweight: the lines named do not print 900,000."
    ]
    assert not said["product"]["follows"]


@pytest.mark.parametrize("lacking", ["voyages", "price-applied"])
def test_a_total_without_its_parts_has_no_readings(
    workspace: Workspace, tmp_path: Path, lacking: str
) -> None:
    """Without the voyages or the price there is nothing to multiply by."""
    enter(workspace, tmp_path, entries({k: v for k, v in FLEET.items() if k != lacking}))
    (claim,) = reported_worth(workspace)
    assert claim.value is None
    assert claim.reason is not None
    assert "not entered" in claim.reason
    assert made_again(workspace, claim).id == claim.id


def test_a_mended_file_replaces_what_it_said_before(workspace: Workspace, tmp_path: Path) -> None:
    """Both stay in the ledger; only the last reading is argued."""
    enter(workspace, tmp_path, entries())
    mended = FLEET | {"voyages": ("name:the three", "at least 9 voyages", "1")}
    enter(workspace, tmp_path, entries(mended), "mended.toml")
    (claim,) = reported_worth(workspace, "name:the three")
    said: Any = claim.value
    assert said["voyages"] == 9
    assert reported_worth(workspace, "name:others") == []


@pytest.mark.realdata
def test_the_published_six_vessels_come_out_both_ways(
    workspace: Workspace, shared_data: Path
) -> None:
    """Golden: "Back in Black" (2025): 18 voyages, about 330,000 t, over $33 million at $100."""
    articles = sorted((shared_data.parent / "seeds").glob("004_*.txt"))
    if not articles:
        pytest.skip("the article is not in ../shared/seeds")
    ingest_claims(workspace, EXAMPLE, known_at=NOW, document=articles[0])
    readings, year = claim_reported_worth(workspace, now=NOW)
    said: Any = readings.value
    one, other = said["readings"]
    assert (one["deadweight_over_voyages_t"], one["face_value_usd"]) == (330_000, 33_000_000)
    assert (other["deadweight_over_voyages_t"], other["face_value_usd"]) == (990_000, 99_000_000)
    assert (one["voyages_valued"], other["voyages_valued"]) == (18, 6)
    assert one["worth"]["value"]["interval_95"][1] < 33_000_000
    assert "a mean of 63,400 t for the other 5 ships" in other["implies"][1]
    assert said["not_printed"] == []
    assert len(said["ships"]) == 6
    assert all(ship["imo_well_formed"] for ship in said["ships"])
    assert sum(ship["deadweight_t"] is not None for ship in said["ships"]) == 1
    checked: Any = year.value
    assert (checked["product_usd"], checked["follows"]) == (370_000_000, True)
    for claim in (readings, year):
        assert made_again(workspace, claim).id == claim.id
    assert lint_text(said["message"], where="message") == ()


def test_voyages_get_tonnes_and_value_where_they_are_known(
    workspace: Workspace, tmp_path: Path
) -> None:
    """The columns that a fleet's table prints, with what is missing said in its row."""
    enter(workspace, tmp_path, entries())
    unknown = replace(VOYAGE, vessel="imo:9125786")
    empty = replace(VOYAGE, kind="repositioning", began=When.at(DAY + timedelta(days=7)))
    carriages = carriages_of(workspace, [VOYAGE, unknown, empty])
    told = cargo_of(carriages)
    rows = [told["voyages"][v.voyage_id] for v in (VOYAGE, unknown, empty)]
    assert 8_400 < rows[0]["tonnes_if_laden"]["interval_95"][0] < 9_100
    assert rows[0]["tonnes"]["interval_95"][0] == 0
    assert rows[1]["reason"] == "DWT unknown: no tonnes stated."
    assert rows[2]["tonnes"] is None
    assert told["total"]["deadweight_over_ships_t"] == 10_000
    assert told["total"]["notes"] == []
    ends = [replace(VOYAGE, kind=kind) for kind in ("discharge-unseen", "several-discharges")]
    assert len(cargo_of(carriages_of(workspace, ends))["total"]["notes"]) == 2
    none = worth_of(workspace, carriages)
    assert set(none["without_value"]) == {
        "What was carried is not known, so no price can be chosen: no value stated."
    }
    priced = worth_of(workspace, carriages, price="panel-2020-coal")
    assert priced["totals"][0]["voyages_valued"] == 1
    assert priced["totals"][0]["value"]["mean"] == pytest.approx(819_000, rel=0.01)


def test_claims_of_cargo_are_made_again_from_deadweight_and_price(
    workspace: Workspace, tmp_path: Path
) -> None:
    """A number in an article is worth what can be recomputed of it."""
    enter(workspace, tmp_path, entries())
    (workspace.root / "prices.toml").write_text(
        '[[price]]\nid = "fob"\ncommodity = "coal"\nlow = 70\nmode = 80\nhigh = 95\n'
        'from = 2025-01-01\nto = 2025-03-31\nsource = "a broker"\n'
    )
    carriages = carriages_of(workspace, [VOYAGE, replace(VOYAGE, vessel="imo:9125786")])
    made = claim_cargo(workspace, "fleet:three", carriages, now=NOW, commodity="coal")
    assert [c.predicate for c in made] == ["cargo", "cargo", "cargo-total", "worth"]
    for claim in made:
        assert made_again(workspace, claim).id == claim.id
    named = worth_of(workspace, carriages, price="fob")["voyages"][VOYAGE.voyage_id]
    assert named["value"] is not None
    misspelt = worth_of(workspace, carriages, commodity="coal", price="fop")["without_value"]
    assert "No price of coal called fop is known: no value stated." in misspelt
    worth = made[-1]
    source = workspace.evidence.get(worth.inputs[-1])
    assert isinstance(source, Source)
    assert source.media == "prices"
    assert worth.high is not None
    assert worth.high < 10_000 * 0.97 * 95 * 1.1
    forged = worth.model_copy(update={"low": 1.0})
    assert made_again(workspace, forged).id != forged.id
    heavier = made[0].parameters["carriage"]
    assert isinstance(heavier, dict)
    swollen = {**heavier, "deadweight": {**_mapping(heavier["deadweight"]), "high": 2e4}}
    claimed = made[0].model_copy(update={"parameters": {**made[0].parameters, "carriage": swollen}})
    assert made_again(workspace, claimed).id != claimed.id


def _mapping(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def test_two_registers_that_differ_are_both_inside(workspace: Workspace, tmp_path: Path) -> None:
    """Choosing one of them without a word would be ours, not theirs."""
    enter(workspace, tmp_path, entries())
    other = {"deadweight": ("imo:9074729", "12000 t", "4")}
    enter(workspace, tmp_path, entries(other), "other.toml")
    figure, claims = deadweight_of(workspace, "imo:9074729")
    assert figure is not None
    assert (figure.low, figure.high) == (10_000, 12_000)
    assert len(claims) == 2
    assert deadweight_of(workspace, "imo:9125786") == (None, [])


def test_a_deadweight_in_tons_is_not_read_as_tonnes(workspace: Workspace, tmp_path: Path) -> None:
    """A ton may be short, long or metric: the reader is told, and nothing is converted."""
    enter(workspace, tmp_path, entries({"deadweight": ("imo:9074729", "10000 tons", "4")}))
    told = cargo_of(carriages_of(workspace, [VOYAGE]))
    assert told["voyages"][VOYAGE.voyage_id]["reason"] == cargo.UNREADABLE
    assert told["total"]["unstated"] == {cargo.UNREADABLE: 1}


def test_the_example_is_accepted_and_its_figures_are_read() -> None:
    """A figure that its own reader cannot read would be entered and never used."""
    parsed = parse_claims(EXAMPLE.read_bytes(), name="claims.toml")
    members = [c for c in parsed.claim if c.predicate == "fleet-member"]
    assert len({c.subject for c in members}) == 6
    assert {c.note for c in members} == {"the six vessels"}
    for claim in parsed.claim:
        if claim.predicate in {*FIGURES, DEADWEIGHT}:
            assert read_figure(claim.note, claim.id) is not None, claim.id


def test_a_loading_call_takes_its_draught_from_the_events(workspace: Workspace) -> None:
    """Without any AIS there is no draught, and nothing is made of it."""
    place = Place(Position(lon=125.4, lat=38.7))
    call = Call("imo:9074729", place, ("imagery",), When.at(DAY), When.at(DAY), None, None)
    ((_, carriage),) = carriages_of(workspace, [replace(VOYAGE, load=call)])
    assert carriage is not None
    assert carriage.draught is None
    assert carriage.draught_note is None


SHARES = (0.6, 0.6, 0.6, 0.6, 0.1, 0.1, 0.1)


def _feature(rows: Box, **properties: object) -> dict[str, Any]:
    area = GRID.to_lonlat(box(rows[1], rows[0], rows[3], rows[2]))
    return {"type": "Feature", "properties": properties, "geometry": mapping(area)}


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a yard that shrank between two of seven looks."""
    root = tmp_path_factory.mktemp("balance")
    paths = []
    for k, share in enumerate(SHARES):
        coal = np.zeros(SIZE)
        coal[YARD[0] : YARD[2], YARD[1] : YARD[1] + round(share * 80)] = 1.0
        pixels = render(coal, Conditions(), np.random.default_rng(k))
        paths.append(root / f"202406{2 + 4 * k:02d}_020500_1001.tif")
        with rasterio.open(
            paths[-1], "w", driver="GTiff", width=SIZE[1], height=SIZE[0], count=3,
            dtype="uint8", crs=GRID.crs, transform=Affine(*GRID.transform),
        ) as target:  # fmt: skip
            target.write(np.rint(pixels.values * 255).astype(np.uint8))
    site = {
        "type": "FeatureCollection", "id": "pile", "name": "A pile", "features": [
            _feature(YARD, id="open", kind="yard", storage="open", commodity="anthracite"),
            _feature((25, 112, 45, 130), id="bins", kind="yard", storage="bins"),
            _feature(CONTROL, id="bare", kind="control"),
            _feature((QUAY_ROW, 30, QUAY_ROW + 15, 110), id="b", kind="berth"),
        ],
    }  # fmt: skip
    with Workspace.create(root / "w") as workspace:
        (workspace.sites_dir / "pile.geojson").write_text(json.dumps(site))
        stated = {"licence": "CC0-1.0", "credit": "nobody"}
        ingest_imagery(workspace, paths, known_at=NOW, stated=stated, report=_silent)
        watch_looks(workspace, now=NOW, site=None, report=_silent)
        watch_stock(workspace, now=NOW, site=None, report=_silent)
    return root / "w"


def _silent(_what: str, _share: float) -> None:
    """Progress that nobody watches."""


def test_a_yard_that_shrank_is_balanced_and_made_again(yard: Path) -> None:
    """What left, against what a ship could have loaded: from the claims of the looks alone."""
    june = (datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC))
    ship = Carriage("v", "imo:9074729", deadweight(5_000, "a register"), 1.0)
    with Workspace.open(yard) as workspace:
        claim = balance_claim(workspace, "pile", *june, seen=[ship], yards=["open"])
        said: Any = claim.value
        assert said["left_t"]["median"] > 0
        assert said["seen_t"]["median"] == pytest.approx(4_550, rel=0.01)
        assert len(claim.inputs) == 2
        workspace.evidence.append([claim], known_at=NOW)
        assert made_again(workspace, claim).id == claim.id
        assert remainder_line(last_balance(workspace, "pile")) == said["message"]
        assert lint_text(said["message"], where="message") == ()
        before = balance_claim(workspace, "pile", june[0], june[0], yards=["open"])
        assert before.reason == "No change of stock is known: nothing to balance."
        assert remainder_line(before) == before.reason


def test_bins_refuse_the_balance_of_the_whole_site(yard: Path) -> None:
    """What the bins held is not known, so what left the site is not."""
    june = (datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC))
    with Workspace.open(yard) as workspace:
        claim = balance_claim(workspace, "pile", *june)
        assert claim.value is None
        assert claim.reason is not None
        assert "under cover" in claim.reason
        assert remainder_line(None) is None


@pytest.mark.parametrize(
    ("verdict", "unchanged", "hours", "note", "weighed"),
    [
        ("deeper", None, 0.0, "Draught field is 3.1 m deeper after the call.", True),
        ("not-judged", 214.0, 0.0, "Draught field has not changed for 214 days: ignored.", False),
        ("lighter", None, 0.0, "Draught field is 3.1 m lighter after the call.", False),
        ("deeper", None, 90.0, None, False),
    ],
    ids=["deeper", "stale", "lighter", "another-call"],
)
def test_the_draught_about_a_loading_is_weighed_or_its_fault_is_said(
    verdict: str, unchanged: float | None, hours: float, note: str | None, *, weighed: bool
) -> None:
    """A field that nobody touched, or of another call, must not weigh this cargo."""
    call = Call(
        "imo:9074729", Place(Position(lon=125.4, lat=38.7)), ("ais",), When.at(DAY),
        When.at(DAY + timedelta(days=2)), When(DAY, DAY + timedelta(days=2)), None,
    )  # fmt: skip
    event = {
        "verdict": verdict, "statistic": 3.1, "start": (DAY - timedelta(hours=hours)).isoformat(),
        "detail": {"before_m": 5.2, "after_m": 8.3, "unchanged_d": unchanged},
    }  # fmt: skip
    change, said = cargo._draught(call, Hull(145.0, 20.8), [event])
    assert said == note
    assert (change is not None) == weighed
    assert cargo._draught(call, None, [event])[0] is None
    assert cargo._draught(None, None, [event]) == (None, None)


def test_no_sentence_of_ours_goes_further_than_its_figures() -> None:
    """Wording is printed as it stands: no verdicts, no bare chances, nothing above 99%."""
    level, none = Amount(18e3, 20e3, 22e3), Amount(0.0, 0.0, 0.0)
    drop = StockChange("north", "a", "b", level, none)
    ship = Carriage("v", "imo:9074729", deadweight(13_000, "a register"), 0.9)
    part = replace(ship, draught=Change(5.8, 6.6, Hull(145.0, 20.8, "bulk")))
    ledgers = [
        Ledger([drop]),
        Ledger([drop], [ship], rail=True),
        Ledger([drop], [replace(ship, name=f"v{k}") for k in range(4)]),
        Ledger([drop], [replace(ship, deadweight=None)]),
        Ledger([replace(drop, storage="bins")]),
    ]
    said = [total_of([ship, replace(ship, name="w", deadweight=None)]).message()]
    for balance in map(balance_of, ledgers):
        said += [balance.message, *balance.notes, *(c.statement for c in balance.candidates)]
    for carriage in (ship, part, replace(ship, p_laden=None), replace(ship, ship=None)):
        found = cargo_of_one(carriage)
        said += [*found.notes, found.reason or ""]
    assert [issue for text in said for issue in lint_text(text, where=text)] == []
