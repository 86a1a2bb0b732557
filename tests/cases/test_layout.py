"""What stands where: nothing said twice, and nothing gone because it was said before."""

import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from quaywatch.cases.contents import MapFeature
from quaywatch.cases.dossier import Dossier, build_dossier
from quaywatch.cases.layout import (
    further,
    item_groups,
    leads,
    owners,
    shown_on,
    source_groups,
    told_within,
)
from quaywatch.cases.plate_shown import STEP, repeated, shown
from quaywatch.evidence.record import Basis, Claim, Finding, Source


def build(world: SimpleNamespace) -> Dossier:
    """The world's dossier."""
    return build_dossier(
        world.case,
        world.store,
        land=world.land,
        built_at=world.store.chain[0].known_at,
        ledger_head=world.store.chain[-1].hash,
        version="0.1.0",
    )


def finding(world: SimpleNamespace, number: int, probability: float | None) -> Finding:
    """A finding like the world's first."""
    content = world.findings[0].model_dump()
    content |= {"statement": f"Statement {number}.", "probability": probability}
    content["reason"] = None if probability is not None else f"reason {number % 2}"
    return Finding.model_validate(content)


@pytest.mark.parametrize("count", [1, 3, 9, 30])
def test_every_finding_is_on_the_first_sheet_once(world: SimpleNamespace, count: int) -> None:
    """A finding that the first sheet leaves out would be hidden in plain sight."""
    findings = [finding(world, n, 0.7 if n % 7 == 5 else None) for n in range(count)]
    records = {c.id: c for c in world.claims.values()}

    told = leads(findings, records)
    rest = further(findings, told)

    ids = [lead.finding.id for lead in told] + [f.id for a in rest for g in a for f in g]
    assert sorted(ids) == sorted(f.id for f in findings)
    assert [i for lead in told for i in lead.confident] == [lead.finding.id for lead in told]
    sure = {f.id for f in findings if f.probability is not None}
    assert sure <= {lead.finding.id for lead in told}


def test_a_check_is_laid_out_by_the_finding_that_is_about_it() -> None:
    """Else a contradiction would stand under whichever hypothesis named it first."""
    assert owners([("f1", ["a", "b", "c"]), ("f2", ["b"])]) == {"a": "f1", "b": "f2", "c": "f1"}


def test_the_working_of_two_places_is_not_printed_twice() -> None:
    """Two rows of bars for one speed look like two pieces of evidence."""
    rows = [{"label": "Highest speed", "value": 25}, {"label": "Needed", "value": 447}]

    def view(predicate: str, working: list[dict[str, Any]]) -> SimpleNamespace:
        claim = SimpleNamespace(id=predicate, predicate=predicate)
        steps = tuple(SimpleNamespace(**row) for row in working)
        return SimpleNamespace(claim=claim, check=SimpleNamespace(working=steps, plates=()))

    one, more = view("two-places", rows), view("contradiction", [*rows, {"label": "P", "value": 1}])

    assert told_within([one, more]) == {"two-places": "contradiction"}
    assert told_within([one, view("contradiction", rows[:1])]) == {}


def test_items_of_an_argument_are_grouped_and_none_is_lost() -> None:
    """What was grouped must still lead to each of its claims."""
    item = {"basis": "inferred", "because": "b", "ratio": 2.0, "counts": "counted",
            "measured": False, "without": 0.3, "rests_on_reports": True}  # fmt: skip
    items = [item | {"counts": "same-cause"}, item, item | {"ratio": 3.0}, item]

    groups = item_groups(items)

    assert sorted(k for _, places in groups for k in places) == [0, 1, 2, 3]
    assert [1, 3] in [places for _, places in groups]
    assert groups[-1][1] == [0]


def test_sources_under_other_terms_stand_apart() -> None:
    """A credit printed over a file that is not under it would be false."""
    terms = [("CC0-1.0", "a"), ("CC-BY-4.0", "a"), ("CC0-1.0", "b"), ("CC0-1.0", "a")]
    sources = [
        Source(
            sha256=f"{k:064x}", size_bytes=1, name=f"{k}", media="imagery", provider="p",
            received_at=datetime(2025, 2, 3, tzinfo=UTC), licence=licence, credit=credit,
            redistributable=True,
        )
        for k, (licence, credit) in enumerate(terms)
    ]  # fmt: skip

    groups = source_groups(sources)

    assert [[s.name for s in group] for group in groups] == [["0", "3"], ["1"], ["2"]]


def test_a_map_stands_for_another_only_where_it_shows_as_much() -> None:
    """A port drawn on the map of an ocean is a dot."""

    def point(lon: float, lat: float) -> MapFeature:
        geometry = {"type": "Point", "coordinates": [lon, lat]}
        properties = {"role": "broadcast", "label": f"{lon}"}
        return MapFeature.model_validate({"geometry": geometry, "properties": properties})

    near, far = [point(125.0, 38.0), point(125.1, 38.1)], point(140.0, 30.0)

    assert shown_on(near, [("f", near)]) == "f"
    assert shown_on(near, [("f", [*near, far])]) is None
    assert shown_on([*near, far], [("f", near)]) is None


def test_a_plate_on_the_page_is_the_picture_that_was_kept() -> None:
    """Smaller bytes may cost a reader nothing that can be seen."""
    small = np.random.default_rng(5).integers(0, 256, (180, 240, 3), np.uint8)
    small[:2] = 255
    whole = np.repeat(np.repeat(small, 4, axis=0), 4, axis=1)
    out = io.BytesIO()
    Image.fromarray(whole).save(out, format="PNG", compress_level=1)

    with Image.open(io.BytesIO(shown(out.getvalue()))) as image:
        light = np.asarray(image).astype(int)

    assert repeated(whole) == 4
    assert light.shape == small.shape
    assert int(np.abs(light - small).max()) <= STEP // 2
    assert (light[:2] == 255).all()


def test_the_sheet_of_a_lineup_stands_beside_its_answer(world: SimpleNamespace) -> None:
    """An answer without what was looked at cannot be judged."""
    plate = dict(world.claims["presence"].value["plates"][0]) | {"caption": "Blind line-up."}
    asked = Claim(
        subject="imo:9074729", predicate="lineup", value={"hulls": 6, "plates": [plate]},
        basis=Basis.INFERRED, method="lineup@1", inputs=(),
    )  # fmt: skip
    answer = Claim(
        subject="imo:9074729", predicate="lineup-answer", value={"verdict": "proposed"},
        basis=Basis.OBSERVED, method="lineup-answer@1", inputs=(asked.id,),
    )  # fmt: skip
    words = {"claims": (answer.id,), "statement": "It was picked.", "argument": "It was picked."}
    content = world.findings[0].model_dump() | words
    told = Finding.model_validate(content)
    world.store.append([asked, answer, told], known_at=world.store.chain[0].known_at)
    world.case = world.case.model_copy(update={"findings": (told.id,)})

    html = build(world).html

    assert f'data-record="{asked.id}" data-path="/value/plates/0/caption"' in html
    assert plate["sha256"] in html
