"""Errors about cases: writing, building, exporting and verifying one."""

from quaywatch.errors.tree import InputError, SourceError


class CaseFileError(InputError):
    """A case.toml that does not say what a case must say."""

    code = "case-file-invalid"

    def __init__(self, *, fact: str) -> None:
        super().__init__(
            f"The case file cannot be used: {fact}. It needs id, title and question, and lists of "
            "subjects and findings, as `quaywatch case new` writes them."
        )


class CaseEmptyError(InputError):
    """A case with nothing to report."""

    code = "case-empty"

    def __init__(self, *, case: str) -> None:
        self.case = case
        super().__init__(
            f"Case {case} lists no finding, so there is nothing to build. Run the checks that "
            "answer its question, then add the ids of their findings to case.toml."
        )


class CaseLintError(InputError):
    """Wording in our own voice that a dossier may not carry."""

    code = "case-lint"

    def __init__(self, *, case: str, issues: tuple[str, ...]) -> None:
        self.case, self.issues = case, issues
        super().__init__(
            f"Case {case} is not built, because its own words go further than its evidence:\n- "
            + "\n- ".join(issues)
            + "\nReword these findings; what others wrote may stand, inside quotation marks."
        )


class ClaimShapeError(InputError):
    """A claim whose value the dossier cannot lay out."""

    code = "claim-shape-invalid"

    def __init__(self, *, claim: str, fact: str) -> None:
        self.claim = claim
        super().__init__(
            f"The value of {claim} cannot be laid out: {fact}. Mend the check that made it; the "
            "keys a dossier reads are listed in quaywatch.cases.contents."
        )


class BundleError(SourceError):
    """An export that cannot be read as one."""

    code = "bundle-invalid"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path = path
        super().__init__(
            f"{path} is no export that can be verified: {fact}. Ask who made it for the whole of "
            "it, as `quaywatch case export` left it."
        )


class CaseExistsError(InputError):
    """A case id that is taken."""

    code = "case-exists"

    def __init__(self, *, case: str) -> None:
        self.case = case
        super().__init__(
            f"There is a case {case!r} already. Edit its case.toml, or choose another id."
        )


class CaseMissingError(InputError):
    """A case that this workspace does not have."""

    code = "case-missing"

    def __init__(self, *, case: str, known: str) -> None:
        self.case = case
        super().__init__(
            f"No case {case!r} in this workspace; it has {known or 'none'}. "
            "Begin one with `quaywatch case new`."
        )


class FindingsMissingError(InputError):
    """A case about which no check says anything."""

    code = "findings-missing"

    def __init__(self, *, case: str, subjects: str, built_before: bool = False) -> None:
        self.case = case
        stays = "The dossier built before stays as it was. " if built_before else ""
        super().__init__(
            f"No check in this workspace is about the subjects of case {case!r} ({subjects}). "
            f"{stays}Name its subjects in case.toml as imo:…, mmsi:… or site:… and run "
            "`quaywatch watch`, of a site `quaywatch site S activity` too; or ask a [[hypothesis]]."
        )


class RedactedUnknownError(InputError):
    """A source to redact that a case does not rest on, or that several names fit."""

    code = "redacted-unknown"

    def __init__(self, *, text: str, known: str) -> None:
        self.text = text
        super().__init__(
            f"{text!r} names no one source of this case. Give the file name or the start of the id "
            f"of one of: {known}."
        )


class RedactionLeakError(InputError):
    """An export that would still give away what it redacts."""

    code = "redaction-leak"

    def __init__(self, *, fact: str) -> None:
        super().__init__(
            f"Nothing was exported: {fact}. Reword the case so that it does not name what is to be "
            "kept, or leave the source in."
        )


class ExportFormatError(InputError):
    """A format that no export has."""

    code = "export-format"

    def __init__(self, *, text: str, known: str) -> None:
        super().__init__(f"An export has no format {text!r}. Choose among {known}.")


class ExportMissingError(InputError):
    """A disclosure of exports of which none redacts anything."""

    code = "export-missing"

    def __init__(self, *, case: str) -> None:
        self.case = case
        super().__init__(
            f"No export of case {case!r} that redacts a source was made from this workspace, so "
            "there is nothing to open. Name the case and the workspace of the export."
        )


class ExportUnverifiedError(InputError):
    """A case that does not verify here; nobody else could verify it either."""

    code = "export-unverified"

    def __init__(self, *, case: str, first: str) -> None:
        self.case = case
        super().__init__(
            f"Case {case!r} does not verify, so it is not exported: "
            f"{first.rstrip('.')}. Build it again, and "
            f"see `quaywatch case verify {case}`."
        )


class TypesettingError(InputError):
    """A dossier that cannot be set as PDF."""

    code = "typesetting"

    def __init__(self, *, fact: str) -> None:
        super().__init__(
            f"The dossier cannot be set as PDF: {fact}. Its page, dossier.html, has everything."
        )
