"""The root of the errors and its branches: a code and an exit status for every one."""

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
