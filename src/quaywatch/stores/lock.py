"""One writer at a time, by a lock that dies with its holder.

The lock is ``flock`` on a file in the workspace: the kernel drops it when the process ends, however
it ends, so no stale lock is ever left to be cleared by hand. Forked children give up their copy at
once, because a copy would keep the lock alive after its holder.
"""

import fcntl
import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quaywatch.errors import WorkspaceBusyError

_POLL_S = 0.01


class WriterLock:
    """The right to write to a workspace; re-entrant within one thread.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lock = WriterLock(Path(folder) / "lock", wait_s=0.0)
        ...     with lock.held() as first, lock.held() as second:
        ...         first, second
        (True, False)

    """

    def __init__(self, path: Path, *, wait_s: float) -> None:
        self.path = path
        self.wait_s = wait_s
        """Longest wait for another writer, in seconds."""
        self._mutex = threading.RLock()
        self._depth = 0
        self._descriptor: int | None = None
        _ALL.add(self)

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lock; yields True where it was not held before.

        Raises:
            WorkspaceBusyError: another writer kept it for longer than ``wait_s``.

        """
        deadline = time.monotonic() + self.wait_s
        if not self._mutex.acquire(timeout=max(self.wait_s, 0.0)):
            raise WorkspaceBusyError(path=str(self.path), waited_s=self.wait_s)
        try:
            outermost = self._depth == 0
            if outermost:
                self._descriptor = self._locked(deadline)
            self._depth += 1
            try:
                yield outermost
            finally:
                self._depth -= 1
                if self._depth == 0 and self._descriptor is not None:
                    os.close(self._descriptor)
                    self._descriptor = None
        finally:
            self._mutex.release()

    def _locked(self, deadline: float) -> int:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    raise WorkspaceBusyError(path=str(self.path), waited_s=self.wait_s) from None
                time.sleep(_POLL_S)
            else:
                return descriptor

    def _forget(self) -> None:
        # In a forked child: closing a copy leaves the parent's lock standing.
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._mutex, self._depth, self._descriptor = threading.RLock(), 0, None


_ALL: "weakref.WeakSet[WriterLock]" = weakref.WeakSet()


def _forget_all() -> None:
    for lock in _ALL:
        lock._forget()  # noqa: SLF001  (the same module)


os.register_at_fork(after_in_child=_forget_all)
