"""Claims made before, so that what rests on the same inputs is not computed twice."""

from collections.abc import Mapping

from pydantic import JsonValue

from quaywatch.evidence.record import Claim
from quaywatch.stores.workspace import Workspace

Before = Mapping[tuple[str, ...], Claim]


def made_before(
    workspace: Workspace, predicate: str, method: str, **parameters: JsonValue
) -> Before:
    """Claims of one predicate by their inputs, made by this method with these parameters.

    A claim of another version, or on another grid, is not among them: it is made anew.
    """
    return {
        claim.inputs: claim
        for claim in workspace.evidence.find("claim", predicate=predicate)
        if isinstance(claim, Claim)
        and claim.method == method
        and all(claim.parameters.get(name) == value for name, value in parameters.items())
    }
