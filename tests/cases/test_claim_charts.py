"""Charts of claims: what is drawn is what the claim holds, and nothing where it holds less."""

import pytest

from quaywatch.cases.claim_charts import CHARTS, chart_of
from quaywatch.cases.method_sources import told_of
from quaywatch.evidence.record import Basis, Claim


def claim(predicate: str, value: dict[str, object]) -> Claim:
    """A claim of one kind."""
    return Claim.model_validate({
        "subject": "imo:1059149", "predicate": predicate, "value": value,
        "basis": Basis.INFERRED, "method": "two-places@1",
    })  # fmt: skip


@pytest.mark.parametrize("predicate", sorted(CHARTS))
def test_a_value_that_lacks_parts_has_no_chart(predicate: str) -> None:
    """A copy that withholds must still be built, and must invent nothing in its place."""
    assert chart_of(claim(predicate, {"verdict": "feasible"})) is None


def test_a_contradiction_is_drawn_under_every_prior() -> None:
    """One prior alone would hide that the answer turns on it."""
    value: dict[str, object] = {
        "required_speed_kn": 447.0,
        "max_speed_kn": 25.0,
        "hours": 0.12,
        "lower_bound_nm": 57.0,
        "posterior": [{"name": "even", "posterior": {"mistake": 0.5, "broadcast-false": 0.5}}],
    }
    one = chart_of(claim("contradiction", value))
    again = chart_of(claim("contradiction", value))
    stamped = chart_of(claim("contradiction", value), simulated=True)
    assert one is not None
    assert one == again, "same claim, same bytes"
    assert stamped is not None
    assert stamped[1] != one[1], "a simulated one carries its mark"
    assert not any(char.isdigit() for char in one[2]), "no number without a record"


def test_a_method_is_told_whatever_its_version() -> None:
    """A reader who knows nothing of the code must find what a method does and who made it."""
    assert told_of("two-places@7") == told_of("two-places@1")
    assert told_of("no-such@1") is None
