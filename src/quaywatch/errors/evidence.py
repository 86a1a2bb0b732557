"""Errors about what is recorded: times, probabilities, records, objects, the ledger."""

from quaywatch.errors.tree import InputError, StoreError


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


class RecordContentError(StoreError):
    """A record that has no canonical form."""

    code = "record-content-invalid"

    def __init__(self, *, kind: str, fact: str) -> None:
        self.kind, self.fact = kind, fact
        super().__init__(
            f"A {kind} cannot be kept: {fact}. Give whole numbers within 2**53, finite fractions, "
            "and text that is valid Unicode."
        )


class RecordChangedError(StoreError):
    """A record that is no longer what the ledger sealed."""

    code = "record-changed"

    def __init__(self, *, record_id: str, fact: str) -> None:
        self.record_id, self.fact = record_id, fact
        super().__init__(
            f"Record {record_id} {fact}. Restore the workspace from a copy that verifies; nothing "
            "that rests on this record can be trusted."
        )


class ClaimsFileError(InputError):
    """A claims file that cannot be entered."""

    code = "claims-invalid"

    def __init__(self, *, name: str, what: str) -> None:
        self.name, self.what = name, what
        super().__init__(
            f"{name}: {what}. Nothing of it was entered. Correct the file and ingest it again; "
            "docs/claims.md shows every field."
        )
