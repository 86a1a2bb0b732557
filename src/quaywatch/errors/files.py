"""Errors about files as such: not there, empty, cut off, changed, out of reach."""

from quaywatch.errors.tree import InputError, SourceError, StoreError


class SourceEmptyError(SourceError):
    """A source with nothing in it."""

    code = "source-empty"

    def __init__(self, *, source: str) -> None:
        self.source = source
        super().__init__(
            f"{source} is empty. An empty file says nothing about who was at sea: "
            "fetch it again, or leave it out."
        )


class SourceTruncatedError(SourceError):
    """A compressed source that ends in the middle."""

    code = "source-truncated"

    def __init__(self, *, source: str, detail: str) -> None:
        self.source, self.detail = source, detail
        super().__init__(
            f"{source} is cut off or damaged ({detail}); none of it was taken. "
            "Fetch it again and compare its size or hash with the provider's."
        )


class FileUnusableError(StoreError):
    """A file or folder that the operating system does not let us read or write."""

    code = "file-unusable"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"{path} cannot be used: {fact}. Check that it is there and that you may read and "
            "write it, then run the command again; nothing is half done."
        )


class SourceMissingError(InputError):
    """A file that is not there."""

    code = "file-missing"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(f"There is no file {path}. Check the path; nothing was read from it.")


class SourceChangedError(SourceError):
    """A file that changed while it was read."""

    code = "file-changed"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path} was written to while it was being ingested; nothing of it was kept. Wait "
            "until it is complete, then ingest it again."
        )
