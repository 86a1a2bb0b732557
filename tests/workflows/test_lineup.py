"""Line-ups: sealed until answered, answered once, and worth what their examiner has been worth."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from quaywatch.errors import LineupError
from quaywatch.evidence.bearing import bearings_of
from quaywatch.evidence.record import Basis, Claim
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.lineup import FEWEST, METHOD, PREDICATE, _seed_of, commitment, opened
from quaywatch.workflows.lineup_answers import ENOUGH, again, answer_lineup

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
HULLS = 8


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace."""
    with Workspace.create(tmp_path / "w") as made:
        yield made


def lineup(workspace: Workspace, number: int = 0, *, control: bool = False) -> Claim:
    """A line-up as it stands in the ledger, its sheet left out."""
    spots: Any = [[float(i), number / 100] for i in range(HULLS + 1)]
    scenes = tuple(f"claim:{i:064x}" for i in range(HULLS + 1))
    bare = Claim(
        subject="imo:9074729",
        predicate=PREDICATE,
        value={"lineup": f"ab{number:06d}", "hulls": HULLS, "sealed": ""},
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={"spots": spots, "control": control},
        inputs=scenes,
    )
    value: Any = bare.value
    seed = _seed_of(bare.subject, list(scenes), spots)
    place = next(n for n in range(1, HULLS + 1) if _opens(bare, n, seed))
    made = bare.model_copy(update={"value": {**value, "sealed": commitment(place, seed)}})
    workspace.evidence.append([made], known_at=NOW)
    return made


def _opens(bare: Claim, number: int, seed: str) -> bool:
    value: Any = bare.value
    sealed = bare.model_copy(update={"value": {**value, "sealed": commitment(number, seed)}})
    try:
        return opened(sealed) == number
    except LineupError:
        return False


def answer(workspace: Workspace, asked: Claim, choice: str, minute: int = 0, **more: Any) -> Claim:  # noqa: ANN401 - whatever the test varies
    """An answer by one examiner."""
    value: Any = asked.value
    said: dict[str, Any] = {"examiner": "kestrel", "confidence": "sure", "note": None, **more}
    return answer_lineup(
        workspace, value["lineup"], choice=choice, known_at=NOW + timedelta(minutes=minute), **said
    )


def test_the_seal_hides_the_number(workspace: Workspace) -> None:
    """What is kept before an answer must not hold the number in the clear."""
    asked = lineup(workspace)
    value: Any = asked.value

    assert len(value["sealed"]) == 64
    assert "number" not in value
    assert 1 <= opened(asked) <= HULLS
    assert HULLS >= FEWEST


def test_a_seal_that_was_changed_does_not_open(workspace: Workspace) -> None:
    """Else whoever holds the ledger could say afterwards that another hull was meant."""
    asked = lineup(workspace)
    value: Any = asked.value
    forged = asked.model_copy(update={"value": {**value, "sealed": "0" * 64}})

    with pytest.raises(LineupError):
        opened(forged)


def test_an_unmeasured_examiner_says_no_more_than_an_expert(workspace: Workspace) -> None:
    """One person's pick, never scored before, is worth five at most."""
    asked = lineup(workspace)

    made = answer(workspace, asked, str(opened(asked)))
    for_it, against = bearings_of(made)

    assert for_it.ratio == 5.0
    assert not for_it.measured
    assert against.ratio == pytest.approx(0.2)


def test_a_second_answer_counts_for_nothing(workspace: Workspace) -> None:
    """Whoever has seen the seal opened is blind no more."""
    asked = lineup(workspace)
    right = opened(asked)
    answer(workspace, asked, str(right % HULLS + 1))

    second = answer(workspace, asked, str(right), minute=5)
    value: Any = second.value

    assert value["second"]
    assert bearings_of(second) == ()


def test_another_foil_speaks_against_the_ship(workspace: Workspace) -> None:
    """An examiner who finds another hull more like the ship has spoken against the one asked."""
    asked = lineup(workspace)

    made = answer(workspace, asked, str(opened(asked) % HULLS + 1))

    assert bearings_of(made)[0].ratio == pytest.approx(0.2)


def test_only_controls_make_a_record(workspace: Workspace) -> None:
    """That a pick agreed with the proposal is no proof that it was right: that is the question."""
    for number in range(ENOUGH + 2):
        asked = lineup(workspace, number)
        made = answer(workspace, asked, str(opened(asked)), minute=number)
    value: Any = made.value

    assert value["record"] == {"right": 0, "of": 0}


def test_a_record_on_controls_is_what_an_answer_is_worth(workspace: Workspace) -> None:
    """Measured on line-ups whose answer was known, and said with its n."""
    for number in range(ENOUGH):
        asked = lineup(workspace, number, control=True)
        answer(workspace, asked, str(opened(asked)), minute=number)
    asked = lineup(workspace, 500)

    made = answer(workspace, asked, str(opened(asked)), minute=500)
    told = bearings_of(made)[0]

    assert (told.measured, told.n) == (True, ENOUGH)
    assert told.ratio == pytest.approx(HULLS * (ENOUGH + 0.5) / (ENOUGH + 1), rel=1e-3)
    records = [workspace.evidence.get(i) for i in made.inputs]
    assert again(made, records).id == made.id


@pytest.mark.parametrize("choice", ["0", "9", "two", ""])
def test_a_number_that_is_not_on_the_sheet_is_refused(workspace: Workspace, choice: str) -> None:
    """A slip of the keyboard must not become an answer."""
    with pytest.raises(LineupError):
        answer(workspace, lineup(workspace), choice)


@pytest.mark.parametrize("handle", ["", "A", "Jane Doe", "jane@example.org"])
def test_examiners_give_a_handle_and_nothing_more(workspace: Workspace, handle: str) -> None:
    """No name and no address of a person goes into the ledger, which cannot forget."""
    with pytest.raises(LineupError):
        answer(workspace, lineup(workspace), "1", examiner=handle)
