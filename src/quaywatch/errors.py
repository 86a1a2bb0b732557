"""Every error that quaywatch raises on purpose, as one tree.

A message states the fact, then the remedy. ``code`` is stable: scripts, JSON output and HTTP
answers carry it unchanged, and ``docs/errors.md`` lists them all.

    QuaywatchError
    ├── InputError      what the user typed or drew cannot be used
    │   ├── PositionError
    │   ├── TimeError
    │   └── ProbabilityError
    ├── SourceError     a file or a record from outside cannot be used
    ├── StoreError      the workspace cannot be read or written
    │   ├── LedgerBrokenError
    │   ├── RecordMissingError
    │   ├── ObjectMissingError
    │   └── ObjectChangedError
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


# evidence


class TimeError(InputError):
    """A time that names no instant or no day."""

    code = "time-invalid"

    def __init__(self, *, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text!r} is not a time that can be compared. Give ISO 8601 with its zone, such as "
            "2025-02-03T00:09Z, or a bare date where only the day is known."
        )


class ProbabilityError(InputError):
    """A number that cannot be a probability, a prior or a likelihood ratio."""

    code = "probability-invalid"

    def __init__(self, *, value: float) -> None:
        self.value = value
        super().__init__(
            f"{value} cannot be used as a probability. Probabilities lie between 0 and 1, priors "
            "strictly between, likelihood ratios above 0."
        )


class LedgerBrokenError(StoreError):
    """The ledger no longer hashes to itself."""

    code = "ledger-broken"

    def __init__(self, *, seq: int, record_id: str) -> None:
        self.seq, self.record_id = seq, record_id
        super().__init__(
            f"Ledger entry {seq} ({record_id}) does not follow from the entries before it: it, or "
            "one before it, was changed, dropped or moved. Restore the workspace from a copy "
            "whose ledger verifies."
        )


class RecordMissingError(StoreError):
    """A record id that this workspace does not hold."""

    code = "record-missing"

    def __init__(self, *, record_id: str) -> None:
        self.record_id = record_id
        super().__init__(
            f"No record {record_id} in this workspace. Ingest its source again, or name the "
            "workspace that holds it with --workspace."
        )


class ObjectMissingError(StoreError):
    """Bytes that a record names are not in the store."""

    code = "object-missing"

    def __init__(self, *, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(
            f"The bytes with SHA-256 {sha256} are not in the store. Ingest the file again; "
            "what rests on it cannot be recomputed until then."
        )


class ObjectChangedError(StoreError):
    """Bytes in the store no longer hash to their name."""

    code = "object-changed"

    def __init__(self, *, name: str, found: str) -> None:
        self.name, self.found = name, found
        super().__init__(
            f"{name} was changed after it was stored: its bytes now hash to {found}. Restore it "
            "from a copy; nothing that rests on it can be trusted."
        )
