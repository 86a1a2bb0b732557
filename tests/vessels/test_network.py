"""Who runs what: ways to the listed, whether their steps held at one time, and which are weak."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.evidence.bearing import Bearing
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.vessels.network import Network, Tie, build_network, party_id
from quaywatch.vessels.network_ftm import entities
from quaywatch.vessels.network_graphml import graphml
from quaywatch.vessels.network_paths import (
    MOST_ENDS,
    held_together,
    neighbourhood,
    way_through,
    ways_to_listed,
)
from quaywatch.vessels.network_sisters import sisters_of
from quaywatch.vessels.network_words import ratio_of, sentence, way_json
from quaywatch.vessels.register import company_subject
from quaywatch.vessels.said import Said

Dates = tuple[str | None, str | None, str | None]
LIST = {"key": "r", "name": "A register", "authority": "A state", "day": "2025-02-01"}


def read(subject: str, predicate: str, note: str, time: str | None = None, name: str = "") -> Claim:
    """A claim of a claims file."""
    value: dict[str, Any] = {"note": note} | ({"name": name} if name else {})
    return _claim(subject, predicate, value, time)


def entered(subject: str, predicate: str, **value: Any) -> Claim:  # noqa: ANN401  # JSON values
    """A claim of a register."""
    return _claim(subject, predicate, {"list": LIST, **value}, "2025-02-01", "register@1")


def run_by(subject: str, role: str, company: str, **period: str) -> Claim:
    """A register's word on who runs a ship."""
    party = {"subject": f"company:{company}", "name": f"COMPANY {company}", "person": False}
    return entered(subject, role, party=party, schema="Vessel", **period)


def _claim(
    subject: str, predicate: str, value: dict[str, Any], time: str | None, method: str = "reading@1"
) -> Claim:
    return Claim(
        subject=subject, predicate=predicate, value=value, basis=Basis.REPORTED, method=method,
        time=TimeInterval.parse(time) if time else None,
    )  # fmt: skip


def network_of(*claims: Claim) -> Network:
    """The network of claims that one source makes."""
    return build_network(
        claims,
        {
            c.id: Said(
                "A register" if "list" in str(c.value) else "An article",
                "2025-05-07", c.id, "source:abc",
            )
            for c in claims
        },
    )  # fmt: skip


GOLDEN = (
    read("imo:1059149", "operator", "Kind Glory Shipping Co Ltd", "2025-05-07", "YI LI 1"),
    read("imo:8355504", "operator", "Kind Glory Shipping Co., Ltd.", None, "SUNRISE 1"),
    read("imo:8355504", "listed", "South Korea", "2025-04-10", "SUNRISE 1"),
)
"""What the Open Source Centre's article of 7 May 2025 says of YI LI 1's operator."""


def test_the_way_comes_out_of_reported_claims_alone() -> None:
    """The founding case: operated by X, which operated Y, sanctioned on D."""
    network = network_of(*GOLDEN)
    (way,) = ways_to_listed(network, "imo:1059149")
    assert sentence(network, way) == (
        "YI LI 1 (IMO 1059149) is operated by Kind Glory Shipping Co Ltd (as of 2025-05-07), which "
        "operated SUNRISE 1 (IMO 8355504) (no date stated), which was listed by South Korea on "
        "2025-04-10 (An article of 2025-05-07)."
    )
    assert way.overlap is None
    assert way.overlap_because == "a tie has no date"
    value = way_json(network, way)
    (bearing,) = (Bearing.model_validate(b) for b in value["bearings"])
    assert (bearing.hypothesis, bearing.group, bearing.measured) == (
        "common-control", "corporate", False,
    )  # fmt: skip
    assert 1.0 < bearing.ratio <= 5.0
    assert bearing.cause == "source:abc"
    again = way_through(
        network, ["imo:1059149", "name:KIND GLORY SHIPPING|source:abc", "imo:8355504"]
    )
    assert way_json(network, again) == value


def test_dates_that_never_met_speak_for_nothing() -> None:
    """A company sold before it bought: guilt must not pass through a date that excludes it."""
    network = network_of(
        run_by("imo:1", "operator", "9", **{"from": "2023-01-01"}),
        run_by("imo:2", "operator", "9", until="2021-12-31"),
        entered("imo:2", "listed", authority="A state", listed_on="2020-01-01"),
    )
    (way,) = ways_to_listed(network, "imo:1")
    assert way.overlap is False
    assert ratio_of(way) == 1.0
    assert way_json(network, way)["bearings"] == []


def test_a_hub_is_pointed_out_and_its_ends_are_counted() -> None:
    """A registered agent serves hundreds of ships that have nothing in common."""
    ships = [f"imo:{k}" for k in range(100, 140)]
    listed = [entered(s, "listed", authority="A state", listed_on="2020") for s in ships[1:31]]
    network = network_of(*(run_by(s, "manager", "9") for s in ships), *listed)
    ways = ways_to_listed(network, ships[0])
    assert len(ways) == MOST_ENDS
    assert all(way.hubs == ("company:9",) for way in ways)
    assert [way.alike for way in ways] == [0] * (MOST_ENDS - 1) + [30 - MOST_ENDS]
    few = network_of(*(run_by(s, "manager", "9") for s in ships[:2]), listed[0])
    assert ratio_of(ways[0]) < ratio_of(ways_to_listed(few, ships[0])[0])
    assert "company:9" in neighbourhood(network, ships[0], depth=3)
    assert len(neighbourhood(network, ships[0], depth=3)) == 2


def test_one_name_in_two_lists_is_a_weak_tie_and_says_so() -> None:
    """Two companies may bear one name: joined silently, one would answer for the other."""
    network = network_of(
        read("imo:1", "operator", "Kind Glory Shipping Co Ltd", "2025-01-01", "ONE"),
        entered("entry:x/1", "listed", schema="Company", name="KIND GLORY SHIPPING LIMITED",
                authority="A state", listed_on="2024-01-01"),
    )  # fmt: skip
    (way,) = ways_to_listed(network, "imo:1")
    assert [step.tie.role for step in way.steps] == ["operator", "same-name"]
    assert "that they are one is not shown" in sentence(network, way)
    assert ratio_of(way) < 5.0


def test_a_step_by_name_alone_is_never_at_one_time() -> None:
    """Ties of two companies on one day show nothing where no more than a name joins the two."""
    network = network_of(
        run_by("imo:1", "operator", "9", name="ONE"),
        entered("company:9", "name", schema="Company", name="KIND GLORY SHIPPING"),
        entered("entry:x/1", "listed", schema="Company", name="KIND GLORY SHIPPING LIMITED",
                authority="A state", listed_on="2024-01-01"),
    )  # fmt: skip
    (way,) = ways_to_listed(network, "imo:1")
    assert [step.tie.role for step in way.steps] == ["operator", "same-name"]
    assert way.overlap is None
    assert "only a shared name" in way.overlap_because


def test_two_entries_of_one_list_are_told_apart_by_it() -> None:
    """A list that has an entry of each says that they are two: their name must not join them."""
    both = (
        entered(f"entry:x/{k}", "listed", schema="Company", name=f"KIND GLORY SHIPPING {end}",
                authority="A state", listed_on="2024-01-01")
        for k, end in enumerate(("LTD", "LLC"))
    )  # fmt: skip
    assert [tie.role for tie in network_of(*both).ties] == []


def test_a_tie_to_an_entry_reaches_what_the_entry_prints() -> None:
    """An entry stands under its company's IMO number: a tie by the list's id must find it there."""
    party = {"name": "KIND GLORY", "subject": "entry:r/7", "entry": "7", "person": False}
    network = network_of(
        entered("imo:1", "linked", party=party, schema="Vessel"),
        entered("company:9", "listed", schema="Company", name="KIND GLORY", entry="7",
                authority="A state", listed_on="2024-01-01"),
    )  # fmt: skip
    (way,) = ways_to_listed(network, "imo:1")
    assert way.end == "company:9"
    assert set(network.parties) == {"imo:1", "company:9"}


@pytest.mark.parametrize(("entries", "kind"), [(1, "name"), (2, "name"), (1, "former")])
def test_the_extract_of_a_list_names_the_entry_of_the_whole(entries: int, kind: str) -> None:
    """Each company stood twice; but of two entries, or by a name given up, nobody is meant."""
    party = {"name": "KIND GLORY", "subject": company_subject("KIND GLORY", None, None, "r"),
             "entry": None, "person": False}  # fmt: skip
    network = network_of(
        entered("imo:1", "linked", party=party, schema="Vessel"),
        *(
            entered(f"entry:r/{k}", "name", schema="Company", name="KIND GLORY", kind=kind)
            for k in range(entries)
        ),
    )
    assert (network.ties[0].to == "entry:r/0") is (entries == 1 and kind == "name")


def test_one_address_ties_weakly() -> None:
    """A street door may hold a thousand companies: shared, it is a lead and no more."""
    network = network_of(
        read("imo:1", "operator", "Firm Argo", "2025-01-01", "ONE"),
        read("name:Firm Argo", "address", "Room 5, 8 Harbour Road, Hong Kong"),
        read("name:Firm Beryl", "address", "ROOM 5 8 HARBOUR ROAD HONG KONG"),
        read("name:Firm Beryl", "listed", "A state", "2024-01-01"),
    )
    (way,) = ways_to_listed(network, "imo:1")
    assert [step.tie.role for step in way.steps] == ["operator", "same-address"]
    assert "at the same address as Firm Beryl" in sentence(network, way)
    assert ratio_of(way) < 5.0


@given(st.integers(1, 6), st.integers(1, 4))
def test_no_way_is_longer_than_asked(length: int, depth: int) -> None:
    """A chain of companies long enough ties everyone to everyone."""
    claims = [read("imo:1", "owner", "name:FIRM ARGO", "2025-01-01", "ONE")]
    letters = ["ARGO", "BERYL", "CORAL", "DELTA", "EMBER", "FALCON", "GARNET"]
    claims += [
        read(f"name:FIRM {letters[k]}", "parent", f"FIRM {letters[k + 1]}", "2025-01-01")
        for k in range(length - 1)
    ]
    claims.append(read(f"name:FIRM {letters[length - 1]}", "listed", "A state", "2024-01-01"))
    ways = ways_to_listed(network_of(*claims), "imo:1", depth=depth)
    assert len(ways) == (length <= depth)


def test_a_listing_that_ended_says_less_and_says_so() -> None:
    """Lists take names off again; a dossier that hides it accuses by an old page."""
    claims = [run_by(f"imo:{k}", "operator", "9") for k in (1, 2)]
    on = entered("imo:2", "listed", authority="A state", listed_on="2020-01-01")
    off = entered("imo:2", "listed", authority="A state", listed_on="2020-01-01",
                  delisted_on="2024-01-01")  # fmt: skip
    (kept,) = ways_to_listed(network_of(*claims, on), "imo:1")
    network = network_of(*claims, off)
    (ended,) = ways_to_listed(network, "imo:1")
    assert ratio_of(ended) < ratio_of(kept)
    assert "delisted on 2024-01-01" in sentence(network, ended)


def test_persons_are_kept_by_number_alone() -> None:
    """Nothing of a person is stored beyond what says that there is one."""
    party = {"person": True, "entry": "12345", "name": "SOMEONE", "subject": None}
    network = network_of(entered("imo:1", "owner", party=party, schema="Vessel"))
    assert "SOMEONE" not in str(network)
    assert network.parties["person:12345"].label == "a person (12345)"


@pytest.mark.parametrize(
    ("one", "other", "held"),
    [
        (("2023", None, "2025-05-07"), ("2024-02", None, "2025-05-01"), True),
        (("2019", "2021", None), ("2020", "2023", None), None),
        (("2019-01-01", "2021-06-01", None), ("2020-01-01", "2023-01-01", None), True),
        (("2019", "2021", None), ("2022", "2023", None), False),
        ((None, None, None), ("2022", "2023", None), None),
        ((None, None, "2025-05-07"), (None, None, "2024-01-01"), None),
    ],
    ids=["both-since", "years-only", "days", "apart", "undated", "two-days"],
)
def test_whether_ties_held_at_one_time(one: Dates, other: Dates, held: object) -> None:
    """Years without days, and statements of one day, leave open what they leave open."""
    said = Said("a register", "2025-05-07", "claim:1", "source:1")
    ties = [
        Tie(f"imo:{k}", "company:1", "operator", since, until, as_of, said)
        for k, (since, until, as_of) in enumerate((one, other))
    ]
    assert held_together(ties)[0] is held


def test_sisters_are_ranked_by_what_they_rest_on_and_tie_nothing() -> None:
    """A sister is whom an image may show instead; she is not run by the same people."""
    size = {"length_m": 145.0, "beam_m": 20.8}
    network = network_of(
        entered("imo:1", "name", name="YI LI 1", schema="Vessel"),
        entered("imo:1", "dimensions", **size),
        entered("imo:1", "built", built="2004", yard="Nan Yard"),
        entered("imo:2", "name", name="YI LI 2", schema="Vessel"),
        entered("imo:2", "dimensions", length_m=145.4, beam_m=20.8),
        entered("imo:3", "name", name="OTHER", schema="Vessel"),
        entered("imo:3", "dimensions", **size),
        entered("imo:3", "built", built="2005", yard="Nan Yard"),
        entered("imo:4", "dimensions", length_m=150.0, beam_m=20.8),
        entered("imo:3", "listed", authority="A state", listed_on="2020"),
    )
    found = sisters_of(network, "imo:1")
    assert [(s.party, s.ground) for s in found] == [
        ("imo:3", "yard-and-size"), ("imo:2", "series-and-size"),
    ]  # fmt: skip
    assert ways_to_listed(network, "imo:1") == ()


def test_what_is_exported_follows_the_money_model() -> None:
    """A file that other tools refuse is no export; this one is checked by their library."""
    model = pytest.importorskip("followthemoney").model
    network = network_of(
        *GOLDEN,
        run_by("imo:1059149", "registered-owner", "5342883", **{"from": "2023-01"}),
        entered("imo:1059149", "name", name="OLD NAME", kind="former", schema="Vessel"),
        entered("imo:1", "owner", party={"person": True, "entry": "7"}, schema="Vessel"),
    )
    made = entities(network)
    assert {e["schema"] for e in made} == {
        "Vessel", "Company", "Person", "Ownership", "UnknownLink", "Sanction",
    }  # fmt: skip
    ids = {e["id"] for e in made}
    for entity in made:
        proxy = model.get_proxy(entity)
        proxy.schema.validate(entity)
        kept = proxy.to_dict()["properties"]
        assert {k: sorted(v) for k, v in kept.items()} == {
            k: sorted(v) for k, v in entity["properties"].items()
        }, "the library drops what it finds invalid"
        for name in ("owner", "asset", "subject", "object", "entity"):
            assert set(entity["properties"].get(name, [])) <= ids
    assert "<graphml" in graphml(network, network.parties)


def test_companies_of_one_source_are_one_whatever_their_dress() -> None:
    """The article writes Co Ltd and Co., Ltd.; two parties would break the way."""
    one, other = "name:Kind Glory Shipping Co Ltd", "name:KIND GLORY SHIPPING"
    assert party_id(one, "source:a") == party_id(other, "source:a")
    assert party_id(one, "source:a") != party_id(one, "source:b")
    assert len([p for p in network_of(*GOLDEN).parties if p.startswith("name:")]) == 1
