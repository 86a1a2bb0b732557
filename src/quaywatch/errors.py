"""Every error that quaywatch raises on purpose, as one tree.

A message states the fact, then the remedy. ``code`` is stable: scripts, JSON output and HTTP
answers carry it unchanged, and ``docs/errors.md`` lists them all.

    QuaywatchError
    ├── InputError      what the user typed or drew cannot be used
    │   └── PositionError
    ├── SourceError     a file or a record from outside cannot be used
    ├── StoreError      the workspace cannot be read or written
    └── NotYetError     a documented command that this version does not carry out
"""

from typing import ClassVar


class QuaywatchError(Exception):
    """Base of the tree: catch this to catch everything that quaywatch raises on purpose."""

    code: ClassVar[str] = "quaywatch"
    exit_code: ClassVar[int] = 1


class InputError(QuaywatchError):
    """What the user typed or drew cannot be used."""

    code = "input"
    exit_code = 2


class SourceError(QuaywatchError):
    """A file or a record from outside cannot be used."""

    code = "source"
    exit_code = 3


class StoreError(QuaywatchError):
    """The workspace cannot be read or written."""

    code = "store"
    exit_code = 4


class NotYetError(QuaywatchError):
    """A documented command that this version does not carry out yet."""

    code = "not-yet"
    exit_code = 5

    def __init__(self, *, what: str, instead: str) -> None:
        self.what, self.instead = what, instead
        super().__init__(f"{what} is not part of this version yet. {instead}")


# geo


class PositionError(InputError):
    """A position that is not on Earth."""

    code = "position-invalid"

    def __init__(self, *, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        super().__init__(
            f"lon={lon}, lat={lat} is not a position on Earth. "
            "Give degrees: lon from -180 to 180, lat from -90 to 90."
        )
