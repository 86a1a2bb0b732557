"""What need not be computed again: claims that came out the same before, on the same, by the same.

A verification remembers that a claim agreed, under a key made of everything that the number can
depend on: the claim itself with its method and parameters, the records it rests on with theirs down
to the bytes of the sources (each named by its hash), every table of the lake, every record that a
method may look up beside them, the code of quaywatch and the versions of what it computes with.
A change of any of these is another key. Records, objects, tables and pages are hashed and compared
every time, cached or not; only the arithmetic is spared.

The cache is a convenience of this machine. It is in ``cache/``, may be deleted at any time, is
never exported, and is trusted as far as the disk is: ``--afresh`` ignores it.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from quaywatch.evidence.record import Claim, canonical_json

FORMAT = "verified@1"
_SPARED = {"case-sealed"}


def _code_files(folder: Traversable) -> Iterable[tuple[str, bytes]]:
    for part in sorted(folder.iterdir(), key=lambda p: p.name):
        if part.is_dir():
            if part.name != "__pycache__":
                yield from ((f"{part.name}/{name}", data) for name, data in _code_files(part))
        elif not part.name.endswith(".pyc"):
            yield part.name, part.read_bytes()


@cache
def code_version() -> str:
    """SHA-256 of quaywatch as it is installed, and of the versions of what it computes with."""
    digest = hashlib.sha256()
    for name, data in _code_files(files("quaywatch")):
        digest.update(f"{name}\x00{len(data)}\x00".encode())
        digest.update(data)
    told = [platform.python_version(), platform.machine()]
    for requirement in requires("quaywatch") or ():
        name = requirement.split(";")[0].split(">")[0].split("=")[0].split("[")[0].strip()
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    digest.update("\n".join(sorted(told)).encode())
    return digest.hexdigest()


def world_of(record_ids: Iterable[str], tables: Iterable[str]) -> str:
    """One hash of all that a method may look up: ids of records, hashes of tables.

    Examples:
        >>> world_of(["claim:b", "claim:a"], []) == world_of(["claim:a", "claim:b"], [])
        True

    """
    digest = hashlib.sha256()
    for part in (*sorted(record_ids), "", *sorted(tables)):
        digest.update(part.encode() + b"\n")
    return digest.hexdigest()


@dataclass(slots=True)
class VerifiedBefore:
    """Claims that agreed before; see the module."""

    path: Path
    world: str
    """What else there was to look up (``world_of``)."""
    today: str
    """ISO date, UTC."""
    code: str = field(default_factory=code_version)
    _days: dict[str, str] = field(default_factory=dict)
    _new: dict[str, str] = field(default_factory=dict)

    def load(self) -> "VerifiedBefore":
        """Read what was kept; a damaged line is as if it were not there."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return self
        for line in lines:
            try:
                told = json.loads(line)
                key, day, check = told["key"], told["day"], told["check"]
            except (ValueError, KeyError, TypeError):
                continue
            if check == _check(str(key), str(day)):
                self._days[key] = day
        return self

    def _key(self, claim: Claim) -> str:
        # A claim's id is the hash of its value, method, parameters and the ids of its inputs, each
        # of which is the hash of its own: the whole tree below it is in this one line.
        body = {"format": FORMAT, "claim": claim.id, "world": self.world, "code": self.code}
        return hashlib.sha256(canonical_json(dict(body))).hexdigest()

    def day_of(self, claim: Claim) -> str | None:
        """The day on which it was computed again and agreed; None if it must be now."""
        return self._days.get(self._key(claim))

    def keep(self, claim: Claim) -> None:
        """Remember that it was computed again just now and agreed."""
        self._new[self._key(claim)] = self.today

    def save(self) -> None:
        """Write what is known now; nothing where nothing is new."""
        if not self._new:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        known: Mapping[str, str] = {**self._days, **self._new}
        lines = [
            canonical_json({"key": key, "day": day, "check": _check(key, day)}) + b"\n"
            for key, day in sorted(known.items())
        ]
        beside = self.path.with_suffix(".incoming")
        beside.write_bytes(b"".join(lines))
        beside.replace(self.path)


def _check(key: str, day: str) -> str:
    return hashlib.sha256(f"{FORMAT}\x00{key}\x00{day}".encode()).hexdigest()[:16]


def looked_up(record_id: str, predicate: str | None) -> bool:
    """Whether a record is one that a method may look up: a seal or a finding is none."""
    return predicate not in _SPARED and not record_id.startswith("finding:")
