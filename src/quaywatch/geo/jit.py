"""One way to compile numeric kernels: on first call, kept on disk, never at import."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile with numba on first call; the machine code is cached beside the module.

    Where the installation is read-only and there is no home folder, numba has nowhere to keep
    the code and it is compiled once per process instead.
    """
    try:
        return cast("F", njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast("F", njit(nogil=True)(function))
