"""What a verification found: each thing checked, each that failed, each that a copy cannot show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from quaywatch.evidence.record import Claim

_REBUILD = "Build the case again, or restore the folder from a copy that verifies."


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that does not hold."""

    code: str
    what: str
    remedy: str
    record: str | None = None
    """Id of the record that it is about, where it is about one."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What of a case is not in this copy of it; everything is in a workspace."""

    withheld: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of bytes that are not here → why."""
    committed: Mapping[str, str] = field(default_factory=dict)
    """Id of a record that stands here in part, or for another → how it is committed to."""
    excused: Mapping[str, str] = field(default_factory=dict)
    """Id of a claim or a finding that cannot be computed again from what is here → why."""


class Recomputed(Protocol):
    """Remembers which claims came out the same before, from the same inputs by the same code."""

    def day_of(self, claim: Claim) -> str | None:
        """The day (ISO) on which it was computed again and agreed; None if it must be now."""
        ...

    def keep(self, claim: Claim) -> None:
        """Remember that it was computed again just now and agreed."""
        ...


@dataclass(slots=True)
class VerifyReport:
    """What was checked, and what failed."""

    checked: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    exceptions: list[Failure] = field(default_factory=list)
    """What could be held against a commitment only, or not be computed again, in this copy."""
    cached: dict[str, int] = field(default_factory=dict)
    """Day → how many claims were not computed again now because they were on that day."""

    @property
    def ok(self) -> bool:
        """True if nothing failed; see ``whole`` for whether everything was there to be checked."""
        return not self.failures

    @property
    def whole(self) -> bool:
        """True if nothing failed and nothing was excepted."""
        return not self.failures and not self.exceptions

    @property
    def verdict(self) -> str:
        """``verified``, ``verified except …`` or ``NOT verified``, as printed."""
        if self.failures:
            return "NOT verified"
        if self.exceptions:
            return f"verified except {len(self.exceptions):,} that this copy cannot show"
        return "verified"

    def summary(self) -> dict[str, JsonValue]:
        """The report as JSON values."""
        failures: list[JsonValue] = [
            {"code": f.code, "what": f.what, "remedy": f.remedy} for f in self.failures
        ]
        exceptions: list[JsonValue] = [{"code": e.code, "what": e.what} for e in self.exceptions]
        return {
            "ok": self.ok,
            "whole": self.whole,
            "checked": dict(self.checked),
            "cached": dict(self.cached),
            "exceptions": exceptions,
            "failures": failures,
        }

    def excuse(self, code: str, what: str) -> None:
        """Note what this copy cannot show."""
        self.exceptions.append(Failure(code, what, "Ask the exporter to disclose it."))

    def fail(
        self, code: str, what: str, remedy: str = _REBUILD, *, record: str | None = None
    ) -> None:
        """Note a failure."""
        self.failures.append(Failure(code, what, remedy, record))

    def count(self, what: str, number: int = 1) -> None:
        """Note that something was checked."""
        self.checked[what] = self.checked.get(what, 0) + number
