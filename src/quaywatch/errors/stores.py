"""Errors about a workspace: its folder, its catalogue, its lake."""

from quaywatch.errors.tree import StoreError


class WorkspaceMissingError(StoreError):
    """A folder that is no workspace."""

    code = "workspace-missing"

    def __init__(self, *, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root} is not a quaywatch workspace: it has no quaywatch.toml. Make one with "
            f"`quaywatch init {root}`, or name another with --workspace."
        )


class WorkspaceExistsError(StoreError):
    """A workspace where a new one was asked for."""

    code = "workspace-exists"

    def __init__(self, *, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root} is a workspace already; nothing was changed. Use it as it is, or name an "
            "empty folder."
        )


class WorkspaceConfigError(StoreError):
    """A ``quaywatch.toml`` that cannot be used."""

    code = "workspace-config-invalid"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(f"{path} cannot be used: {fact}. Mend that line; comments say what fits.")


class WorkspaceNewerError(StoreError):
    """A workspace written by a later quaywatch."""

    code = "workspace-newer"

    def __init__(self, *, root: str, found: str, known: str) -> None:
        self.root, self.found = root, found
        super().__init__(
            f"{root} was written by a later quaywatch (schema {found}; this version knows "
            f"{known}). Update quaywatch; an older one would lose what it does not know."
        )


class WorkspaceBusyError(StoreError):
    """Another process is writing."""

    code = "workspace-busy"

    def __init__(self, *, path: str, waited_s: float) -> None:
        self.path, self.waited_s = path, waited_s
        super().__init__(
            f"Another process is writing to this workspace ({path} is locked; waited "
            f"{waited_s:g} s). Wait for it or end it, then run the command again; reading stays "
            "possible."
        )


class DiskFullError(StoreError):
    """No room to write."""

    code = "disk-full"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"No room left to write {path}. Nothing was half-kept: free some space, or raise the "
            "quota, and run the command again."
        )


class CatalogueError(StoreError):
    """The catalogue file cannot be used."""

    code = "catalogue-unusable"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"The catalogue {path} cannot be used ({fact}). Check that it is there and writable; "
            "if it is damaged, restore the workspace from a copy."
        )


class LakeFileMissingError(StoreError):
    """A file that the lake lists is gone."""

    code = "lake-file-missing"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"The lake file {path} is listed but not there. Restore it from a copy of this "
            "workspace; answers without it would be wrong, so none is given."
        )


class LakeListError(StoreError):
    """The lake's list of files is not the one that the ledger sealed."""

    code = "lake-list-changed"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"The lake file {path} {fact}. Restore the workspace from a copy that verifies."
        )


class LakeSchemaError(StoreError):
    """A table that does not fit the lake's contract."""

    code = "lake-schema"

    def __init__(self, *, table: str, fact: str) -> None:
        self.table, self.fact = table, fact
        super().__init__(
            f"The {table} table does not fit the lake: {fact}. Give the columns of "
            "quaywatch.ais.schema, with null for unknown."
        )


class IngestSessionError(StoreError):
    """An ingest session used out of turn."""

    code = "ingest-session"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(f"{fact}. Open one with `with lake.ingest(source) as session:`.")


class PassDiffersError(StoreError):
    """A pass over the AIS that, made again, does not find what it found."""

    code = "pass-differs"

    def __init__(self, *, event: str) -> None:
        self.event = event
        super().__init__(
            f"The pass, made again, does not find {event}. Verify with the version of quaywatch "
            "and the land mask that made it; if they are these, its sources have changed."
        )
