"""Errors about AIS: its files, its clocks, its order."""

from quaywatch.errors.tree import InputError, SourceError


class SpeedError(InputError):
    """A top speed that no ship has."""

    code = "speed-invalid"

    def __init__(self, *, value: float) -> None:
        self.value = value
        super().__init__(f"{value} kn is not a top speed. Give a positive number of knots.")


class TrackOrderError(InputError):
    """Two reports of one track are not in time order."""

    code = "track-order"

    def __init__(self, *, hours: float) -> None:
        self.hours = hours
        super().__init__(
            f"The second report lies {-hours:.2f} h before the first. Give the earlier one first."
        )


class TrackUnsortedError(InputError):
    """Reports that are to be walked in order are not in order."""

    code = "track-unsorted"

    def __init__(self, *, row: int) -> None:
        self.row = row
        super().__init__(
            f"Row {row} does not follow the one before it by mmsi and at. "
            "Sort the reports by both, or read them with lake.tracks()."
        )


class TimezoneMissingError(InputError):
    """A file gives wall-clock times without saying whose clock."""

    code = "timezone-missing"

    def __init__(self, *, example: str) -> None:
        self.example = example
        super().__init__(
            f"The times in this file (such as {example}) name no time zone. "
            "State it with --timezone, such as Europe/Paris or UTC."
        )


class TimezoneUnknownError(InputError):
    """A time zone that the time zone database does not have."""

    code = "timezone-unknown"

    def __init__(self, *, timezone: str) -> None:
        self.timezone = timezone
        super().__init__(
            f"There is no time zone {timezone!r}. "
            "Use an IANA name such as Europe/Paris, Asia/Seoul or UTC."
        )


class DialectError(InputError):
    """A declared mapping of columns that cannot be followed."""

    code = "dialect-invalid"

    def __init__(self, *, fact: str, remedy: str) -> None:
        self.fact, self.remedy = fact, remedy
        super().__init__(f"{fact} {remedy}")


class FormatUnknownError(SourceError):
    """A source in no format that the reader understands."""

    code = "format-unknown"

    def __init__(self, *, source: str, found: str, understood: str) -> None:
        self.source, self.found, self.understood = source, found, understood
        super().__init__(
            f"{source} is not AIS as we know it: {found}. Leave it out, or give it in a form "
            f"that is understood. Understood: {understood}."
        )


class AisMissingError(InputError):
    """A question about AIS in a workspace that holds no positions."""

    code = "ais-missing"

    def __init__(self, *, workspace: str) -> None:
        self.workspace = workspace
        super().__init__(
            f"The workspace {workspace} holds no AIS positions. Enter some with "
            "`quaywatch ingest ais`."
        )
