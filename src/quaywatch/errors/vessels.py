"""Errors about vessels, lists of them, and what their voyages are worked out from."""

from quaywatch.errors.tree import InputError, SourceError


class PortsTableError(InputError):
    """A table of ports cannot be used."""

    code = "ports-table"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"The table of ports: {fact}. Give port, lon and lat (WGS84 degrees) in every row."
        )


class FleetFileError(InputError):
    """A list of vessels cannot be used."""

    code = "fleet-file"

    def __init__(self, *, name: str, fact: str) -> None:
        self.name, self.fact = name, fact
        super().__init__(
            f"{name}: {fact}. Give one vessel a line: an IMO number, an MMSI or a name; or columns "
            "imo, mmsi, name, dwt_t with a header; or TOML with a [[vessel]] each."
        )


class FleetMissingError(InputError):
    """A fleet that is neither a file nor saved in the workspace."""

    code = "fleet-missing"

    def __init__(self, *, name: str, known: str) -> None:
        self.name = name
        super().__init__(
            f"{name} is no file and no fleet saved in this workspace; it has {known or 'none'}. "
            "Name a file that lists vessels, and keep it with --save."
        )


class CargoInputError(InputError):
    """Figures from which no cargo or stock balance can be computed."""

    code = "cargo-input"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(f"No cargo is computed: {fact}. Give what a register or a report states.")


class PricesFileError(InputError):
    """A file of prices cannot be used."""

    code = "prices-file"

    def __init__(self, *, name: str, fact: str) -> None:
        self.name, self.fact = name, fact
        super().__init__(
            f"Prices {name}: {fact}. Give commodity, low, mode, high, from, to and source of each."
        )


class RegisterFormatError(SourceError):
    """A register or a list in no layout that the reader knows."""

    code = "register-format"

    def __init__(self, *, source: str, fact: str) -> None:
        self.source, self.fact = source, fact
        super().__init__(
            f"{source} is no register or list as we know them: {fact}. Say with --mapping which "
            "column holds what, or leave the file out; docs/registers.md lists the layouts."
        )


class RegisterOutdatedError(SourceError):
    """A register or a list that was read by an older version, as it would not be read now."""

    code = "register-outdated"

    def __init__(self, *, source: str, method: str) -> None:
        self.source, self.method = source, method
        super().__init__(
            f"{source} was read by an older version ({method}), so nobody can be looked up in it. "
            "Enter the file again with `quaywatch ingest register`; nothing of before is lost."
        )


class MmsiError(InputError):
    """A number that no radio station can have as its identity."""

    code = "mmsi-invalid"

    def __init__(self, *, number: int) -> None:
        self.number = number
        super().__init__(f"{number} is not an MMSI. Give 1 to 9 digits that are not all zero.")


class VesselUnknownError(InputError):
    """A vessel that nothing here is about, or a name that several bear."""

    code = "vessel-unknown"

    def __init__(self, *, text: str, found: str) -> None:
        self.text = text
        several = f"{text!r} is borne by several: {found}. Name one of them by number."
        none = (
            f"Nothing in this workspace is about {text!r}. Give an IMO number, an MMSI or a name "
            "as broadcast; absence here is absence of data."
        )
        super().__init__(several if found else none)
