"""By method, what makes the claims of likeness and of line-ups again."""

from collections.abc import Callable, Mapping, Sequence

from quaywatch.evidence.record import Claim, Record
from quaywatch.fusion.likeness import METHOD
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows import likeness, likeness_population, lineup, lineup_answers


def recomputing(
    workspace: Workspace,
) -> Mapping[str, Callable[[Claim, Sequence[Record]], Claim]]:
    """The functions by which a case is verified."""
    return {
        METHOD: lambda claim, inputs: likeness.again(claim, inputs, workspace),
        likeness_population.METHOD: lambda claim, inputs: likeness_population.again(
            claim, inputs, workspace
        ),
        lineup.METHOD: lambda claim, inputs: lineup.again(claim, inputs, workspace),
        lineup_answers.METHOD: lineup_answers.again,
    }
