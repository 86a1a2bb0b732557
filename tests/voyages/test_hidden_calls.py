"""Hidden calls: opportunity never becomes a call, evidence does, and the sums are exact."""

import itertools
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import ProbabilityError, TrackOrderError
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.testing.hidden_sim import habits, judged, planted, seen, straight, twin, world
from quaywatch.voyages.call_prior import call_prior
from quaywatch.voyages.gazetteer import Place
from quaywatch.voyages.hidden_calls import HiddenAnswer, as_calls, hidden_calls
from quaywatch.voyages.hidden_evidence import CAP, Basis, Stated, Witness, basis_of
from quaywatch.voyages.hidden_model import HiddenPort, Silence
from quaywatch.voyages.hidden_paths import Ways, hops, log_total, stays_posterior
from quaywatch.voyages.prism import ReachSite

DAY = datetime(2025, 2, 1, tzinfo=UTC)
HERE, THERE = Position(0.0, 0.0), Position(1.0, 0.0)


def port(name: str, lon: float, lat: float) -> HiddenPort:
    """A place two miles wide."""
    return HiddenPort(ReachSite(name, Position(lon, lat)), Place(Position(lon, lat), name, name))


def silence(days: float, **more: object) -> Silence:
    """A silence of a slow ship."""
    return Silence(DAY, DAY + timedelta(days=days), HERE, THERE, 14.0, **more)  # type: ignore[arg-type]  # given by name below


def image(name: str, log_lr: float, day: float, source: str = "looks") -> Witness:
    """A look at a port."""
    at = DAY + timedelta(days=day)
    return Witness("image", name, at, at, log_lr, source)


PORTS = [port("a", 0.0, 2.0), port("b", 2.0, 1.0)]
PRIOR = {"a": 0.3, "b": 0.1}

witnesses = st.lists(
    st.builds(
        lambda kind, name, day, length, log_lr, source, measured: Witness(
            kind,
            None if kind == "draught" else name,
            DAY + timedelta(days=day),
            DAY + timedelta(days=day + (0.0 if kind == "image" else length)),
            log_lr,
            source,
            measured,
        ),
        st.sampled_from(["image", "stock", "reported", "draught"]),
        st.sampled_from(["a", "b"]),
        st.floats(0, 9),
        st.floats(0, 5),
        st.floats(-9, 9),
        st.sampled_from(["x", "y"]),
        st.booleans(),
    ),
    max_size=6,
)


def asked(days: float, seen_there: list[Witness], **more: object) -> HiddenAnswer:
    """The answer on a coarse grid."""
    return hidden_calls(
        silence(days, **more), PORTS, PRIOR, straight, witnesses=seen_there, steps=24
    )


@settings(max_examples=60)
@given(days=st.floats(0.1, 40), seen_there=witnesses)
def test_certainty_needs_a_picture_or_two_independent_sources(
    days: float, seen_there: list[Witness]
) -> None:
    """Ninety-five per cent on opportunity, or on one article said twice, accuses the innocent."""
    answer = asked(days, seen_there)
    within = [w for w in seen_there if w.first <= answer.silence.end]

    for one in answer.ports:
        if one.stated is None:
            assert one.verdict in {"excluded", "unknown"}
            continue
        speaking = [
            w for w in within if w.port == one.port and w.log_lr > 0 and w.kind != "draught"
        ]
        pictured = any(w.kind == "image" for w in speaking)
        two = any(a.kind != b.kind and a.source != b.source for a in speaking for b in speaking)
        assert 0.01 <= one.stated.probability <= CAP[one.stated.basis]
        if not (pictured or two):
            assert one.stated.probability < 0.95
            assert one.verdict != "called"
        if not speaking:
            assert one.verdict == "possible"
            assert one.stated.probability <= 0.5


@given(days=st.floats(0.1, 60), a=st.floats(0.01, 0.6), b=st.floats(0.01, 0.35))
@settings(max_examples=40)
def test_a_silence_alone_never_says_called(days: float, a: float, b: float) -> None:
    """However usual a port is, and however long the silence: nobody saw anything."""
    answer = hidden_calls(silence(days), PORTS, {"a": a, "b": b}, straight, steps=24)

    assert all(one.verdict in {"possible", "excluded"} for one in answer.ports)
    assert answer.p_none is not None
    assert answer.p_none >= 0.5
    for one in answer.ports:
        if one.probability is not None:
            assert one.probability <= max(0.01, a + b) + 1e-9


@pytest.mark.parametrize(
    ("probability", "basis"),
    [(0.51, Basis.AIS_ONLY), (0.95, Basis.ONE_SOURCE), (0.999, Basis.IMAGE), (0.0, Basis.IMAGE)],
)
def test_a_probability_above_its_basis_cannot_be_made(probability: float, basis: Basis) -> None:
    """The cap is kept by the type, so that no later code can forget it."""
    with pytest.raises(ProbabilityError):
        Stated(probability, basis, probability)


def test_a_port_out_of_reach_has_no_probability() -> None:
    """Excluded is said as excluded, not as one per cent."""
    far = port("far", 40.0, 0.0)

    answer = hidden_calls(silence(3), [far], {"far": 0.9}, straight, witnesses=[])

    assert answer.ports[0].verdict == "excluded"
    assert answer.ports[0].probability is None
    assert answer.between("far", DAY, DAY + timedelta(days=3)) is None
    assert as_calls(answer, vessel="imo:1") == []


def test_no_way_by_water_is_unknown_and_not_excluded() -> None:
    """A river that the mask does not show is no alibi."""

    def dry(a: Position, b: Position) -> WaterDistance:
        if {a, b} & {PORTS[0].site.position}:
            return WaterDistance(60.0, None, None, "dry", None, None, (), "", "")
        return straight(a, b)

    answer = hidden_calls(silence(9), PORTS, PRIOR, dry)

    assert answer.ports[0].verdict == "unknown"
    assert "dry" in answer.ports[0].reason
    assert answer.ports[1].verdict == "possible"


def test_a_picture_of_the_hull_there_says_called_and_when() -> None:
    """What the method is for: strong evidence in a silence must be heard."""
    answer = asked(9, [image("a", 6.5, 4.0)])
    found = answer.ports[0]

    assert found.verdict == "called"
    assert found.arrived.earliest is not None
    assert found.arrived.latest is not None
    assert found.departed.latest is not None
    assert found.arrived.earliest < DAY + timedelta(days=4) < found.departed.latest
    assert answer.ports[1].verdict == "possible"


@given(low=st.floats(-6, 6), more=st.floats(0, 3))
@settings(max_examples=30)
def test_more_evidence_never_makes_a_call_less_likely(low: float, more: float) -> None:
    """Monotone, or nobody could follow why a number moved."""
    one, two = (
        asked(9, [image("a", lr, 4.0), image("a", 0.5, 4.5, "others")]) for lr in (low, low + more)
    )

    assert (one.ports[0].probability or 0) <= (two.ports[0].probability or 0) + 1e-9


def test_a_look_that_shows_the_berth_without_it_clears_it_in_part() -> None:
    """Evidence against is evidence."""
    before = asked(9, []).ports[0].probability
    after = asked(9, [image("a", -3.0, d) for d in (2.0, 4.0, 6.0)]).ports[0].probability

    assert before is not None
    assert after is not None
    assert after < 0.6 * before


def test_doubted_broadcasts_are_an_alibi_only_as_far_as_they_are_believed() -> None:
    """A picture in port outweighs a track that integrity tests doubt, and not an honest one."""
    track = tuple((DAY + timedelta(days=d), Position(-8.0, -8.0)) for d in (2.5, 3.5, 4.5, 5.5))
    picture = [image("a", 4.0, 4.0)]

    said = [
        asked(9, picture, doubted=track, p_falsified=p).ports[0].probability
        for p in (0.0, 0.01, 0.5, 1.0)
    ]

    assert all(one is not None for one in said)
    assert said == sorted(said, key=lambda p: p or 0.0)
    assert (said[0] or 0) < 0.2
    assert (said[-1] or 0) > 0.8


def test_within_a_silence_the_time_asked_about_matters() -> None:
    """'Called between the 3rd and the 5th' must not be answered with 'called'."""
    answer = asked(9, [image("a", 6.5, 4.0)])
    whole = answer.between("a", DAY, DAY + timedelta(days=9))
    around = answer.between("a", DAY + timedelta(days=3), DAY + timedelta(days=5))
    late = answer.between("a", DAY + timedelta(days=8.5), DAY + timedelta(days=9))

    assert whole == pytest.approx(answer.ports[0].probability, abs=1e-6)
    assert around is not None
    assert whole is not None
    assert late is not None
    assert around <= whole + 1e-9
    assert late < 0.5 * around


def test_sums_agree_with_every_way_written_out() -> None:
    """Forward and backward on a tiny grid against plain enumeration."""
    rng = np.random.default_rng(5)
    ports, n = 2, 4
    stay = np.triu(rng.random((n, n)))
    stays = np.stack([stay, np.triu(rng.random((n, n)))])
    hop = rng.random((ports, ports, n))
    start, end = rng.random((ports, n)), rng.random((ports, n))
    ways = Ways(math.log(0.7), np.log(start), hops(hop), stays, np.log(end), most=2)

    total = 0.7
    expected = np.zeros_like(stays)
    for j, i, k in itertools.product(range(ports), range(n), range(n)):
        once = start[j, i] * stays[j, i, k]
        total += once * end[j, k]
        expected[j, i, k] += once * end[j, k]
        other = 1 - j
        for a, b in itertools.product(range(k, n), range(n)):
            both = once * hop[j, other, a - k] * stays[other, a, b] * end[other, b]
            total += both
            expected[j, i, k] += both
            expected[other, a, b] += both

    log_z, _ = log_total(ways)
    assert log_z == pytest.approx(math.log(total))
    assert stays_posterior(ways, log_z) == pytest.approx(expected / total)


def test_honest_twins_are_never_told_to_have_called() -> None:
    """Ships that went silent and did nothing, with looks, yards and their mistakes."""
    said = []
    for number in range(4):
        rng = np.random.default_rng([9, number])
        here = world(rng)
        prior = habits(here, rng, 30)
        for _ in range(6):
            one = twin(planted(here, rng))
            answer = judged(one, here, prior, seen(one, here, ("image", "stock"), rng))
            said += [p.verdict for p in answer.ports]

    assert "called" not in said


def test_ends_that_no_hull_can_have_made_are_not_judged() -> None:
    """Falsified ends must not turn into a call somewhere."""
    impossible = Silence(DAY, DAY + timedelta(hours=3), HERE, Position(10.0, 0.0), 14.0)
    near = HiddenPort(ReachSite("n", HERE, radius_nm=700.0), Place(HERE))

    answer = hidden_calls(impossible, [near], {"n": 0.5}, straight)

    assert answer.p_none is None
    assert answer.ports[0].verdict == "unknown"


def test_nothing_listed_and_no_time_at_all() -> None:
    """No port listed is not "no call"; a silence of no length holds none."""
    assert hidden_calls(silence(5), [], {}, straight).p_none is None
    assert all(p.stated is None for p in asked(0.0, []).ports)
    with pytest.raises(TrackOrderError):
        hidden_calls(silence(-1), PORTS, PRIOR, straight)


@given(
    own=st.dictionaries(st.sampled_from(["a", "b", "c", None]), st.integers(0, 30)),
    declared=st.sets(st.sampled_from(["a", "b", "z"])),
)
def test_habits_leave_room_for_none_and_for_the_undeclared(
    own: dict[str | None, float], declared: set[str]
) -> None:
    """A prior of one or of nought would decide before anything is seen."""
    prior = call_prior(["a", "b"], own=own, declared=declared)

    assert all(0.0 < share < 1.0 for share in prior.values())
    assert sum(prior.values()) < 1.0
    for name in ("a", "b"):
        if not own.get(name) and name not in declared:
            assert prior[name] == pytest.approx(0.02)


def test_a_declared_destination_alone_is_no_even_bet() -> None:
    """A ship on its way to the port it names is silent on the way more often than in port."""
    prior = call_prior(["a", "b"], declared=["a"])

    assert prior["a"] == pytest.approx(0.196)
    assert call_prior(["a"], own={"a": 5.0, None: 4.0}, declared=["a"])["a"] > 0.5


def test_a_draught_is_ais_however_often_it_is_typed() -> None:
    """A field typed by hand is no second source."""
    typed = [Witness("draught", None, DAY, DAY, 2.0, f"s{k}") for k in range(5)]

    assert basis_of("a", typed) is Basis.AIS_ONLY
    assert all((p.probability or 0) <= 0.5 for p in asked(9, typed).ports)
