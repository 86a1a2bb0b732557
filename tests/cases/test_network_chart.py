"""The drawing of ways to the listed: what it says, and that it says it the same way each time."""

from typing import Any

import pytest

from quaywatch.cases.network_chart import (
    MOST_IN_COLUMN,
    figure_png,
    figure_svg,
    network_figure,
)


def step(one: str, other: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON values
    """A step as it stands in a claim."""
    return {
        "from": one, "from_name": one.upper(), "to": other, "to_name": other.upper(),
        "role": "operator", "since": None, "until": None, "as_of": None, **more,
    }  # fmt: skip


def way(*steps: dict[str, Any], hubs: tuple[str, ...] = ()) -> dict[str, Any]:
    """A way as it stands in a claim."""
    return {
        "party": steps[-1]["to"], "steps": list(steps),
        "listings": [{"authority": "A state", "listed_on": "2025-04-10", "delisted_on": None}],
        "hubs": [{"party": hub, "tied_to": 120} for hub in hubs],
    }  # fmt: skip


def words(*ways: dict[str, Any], **more: Any) -> list[str]:  # noqa: ANN401  # as it takes them
    """Every text of the figure."""
    figure = network_figure(ways, subject="imo:1", name="SHIP ONE", **more)
    return [text.get_text() for text in figure.axes[0].texts]


def test_it_says_who_when_and_by_whom_listed() -> None:
    """A drawing without dates lets the eye join what never held at one time."""
    told = words(way(step("imo:1", "company:9", since="2023"), step("company:9", "imo:2")))
    assert "operator\n2023 to …" in told
    assert "operator\nno date stated" in told
    assert any("listed: A state, 2025-04-10" in text.replace("\n", " ") for text in told)


def test_a_party_that_serves_very_many_says_so() -> None:
    """A registered agent looks like the centre of a conspiracy otherwise."""
    told = words(way(step("imo:1", "company:9"), step("company:9", "imo:2"), hubs=("company:9",)))
    assert any("tied to 120 others: a weak tie" in text for text in told)


def test_what_is_not_drawn_is_counted() -> None:
    """A column cut off in silence hides parties."""
    ways = [way(step("imo:1", f"company:{k}")) for k in range(MOST_IN_COLUMN + 3)]
    assert any("3 further parties are not drawn" in text for text in words(*ways))


@pytest.mark.parametrize("ways", [0, 1], ids=["alone", "one-way"])
def test_the_same_network_is_the_same_bytes(ways: int) -> None:
    """A dossier is sealed by the hash of its drawings."""
    given = [way(step("imo:1", "company:9"), step("company:9", "imo:2"))] * ways
    made = [network_figure(given, subject="imo:1", name="白梅 1") for _ in range(2)]
    assert figure_svg(made[0]) == figure_svg(made[1])
    assert figure_png(made[0]) == figure_png(made[1])
