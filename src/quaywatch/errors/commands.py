"""Errors about a command line."""

from quaywatch.errors.tree import InputError


class ArgumentError(InputError):
    """A flag whose value cannot be read."""

    code = "argument-invalid"

    def __init__(self, *, flag: str, fact: str, remedy: str | None = None) -> None:
        self.flag, self.fact = flag, fact
        parts = "Name each part, such as at=2025-02-03T00:09Z,lon=124.0,lat=36.5."
        super().__init__(f"{flag}: {fact}. {remedy or parts}")


class UsageError(InputError):
    """A command line that names no command, or lacks a part of one."""

    code = "usage"

    def __init__(self, *, fact: str, command: str = "quaywatch") -> None:
        self.fact, self.command = fact, command
        super().__init__(f"{fact.rstrip('.')}. `{command} --help` shows what it takes.")
