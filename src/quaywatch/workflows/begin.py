"""Make a workspace."""

from pathlib import Path

from quaywatch.errors import ArgumentError
from quaywatch.stores.workspace import BUCKETS, Workspace


def begin(directory: Path, *, scale: str, simulated: bool = False) -> Path:
    """Make a workspace in a folder and return its absolute path.

    Raises:
        ArgumentError: no such scale.
        WorkspaceExistsError: there is one already.

    """
    if scale not in BUCKETS:
        fact = f"{scale!r} is none of {', '.join(BUCKETS)}"
        remedy = "A harbour is small, a sea medium, the world large."
        raise ArgumentError(flag="--scale", fact=fact, remedy=remedy)
    with Workspace.create(directory, scale=scale, simulated=simulated) as workspace:
        return workspace.root
