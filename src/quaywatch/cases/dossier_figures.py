"""Figures that a claim brings with it: drawing, name, and what stands for it in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from quaywatch.cases.argument import METHOD as ARGUMENT
from quaywatch.cases.argument import argument_of
from quaywatch.cases.argument_chart import draw_argument
from quaywatch.cases.argument_odds_chart import draw_odds
from quaywatch.cases.claim_charts import chart_of
from quaywatch.cases.network_chart import figure_svg, network_figure
from quaywatch.evidence.record import Claim
from quaywatch.vessels.network import METHOD as NETWORK

Drawn = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class ClaimFigure:
    """One figure of a claim."""

    name: str
    """Of its kind; with the claim's anchor it names the figure on the page."""
    svg: bytes
    alt: str


def figures_of(claim: Claim, *, simulated: bool = False) -> tuple[ClaimFigure, ...]:
    """The figures of a claim, in the order in which they are read; none for most methods."""
    value: Any = claim.value
    if claim.method == ARGUMENT and isinstance(value, Mapping):
        argument = argument_of(claim)
        if not any(item.counts == "counted" for item in argument.items):
            return ()  # Nothing bears on it: there is nothing to draw but its prior.
        return (
            ClaimFigure(
                "argument",
                draw_argument(argument),
                "The claims that count, the kinds of evidence they are, and the hypothesis they "
                "bear on. The same claims stand in the tables that follow.",
            ),
            ClaimFigure(
                "odds",
                draw_odds(argument),
                "How each kind of evidence moves the odds from the prior to the conclusion, and "
                "what other priors come to. The figures stand in the tables that follow.",
            ),
        )
    if claim.method == NETWORK and isinstance(value, Mapping) and "steps" in value:
        figure = network_figure([dict(value)], subject=claim.subject, name=claim.subject)
        return (
            ClaimFigure(
                "network",
                figure_svg(figure),
                "The way from the ship to the listed, each tie with who says so and since when. "
                "The same ties stand in the working.",
            ),
        )
    chart = chart_of(claim, simulated=simulated)
    return (ClaimFigure(chart[0], chart[1] or b"", chart[2]),) if chart else ()
