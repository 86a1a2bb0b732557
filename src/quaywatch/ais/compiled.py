"""One typed door to numba, so that every compiled kernel keeps its signature for the type checker.

A kernel is compiled on first use and cached beside the source, so only the first process pays.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` to machine code on first call; its meaning does not change.

    Examples:
        >>> @compiled
        ... def double(x: int) -> int:
        ...     return 2 * x
        >>> double(21)
        42

    """
    has_file = function.__module__ not in {"__main__", "builtins"}
    return cast(
        "Callable[Parameters, Result]",
        njit(cache=has_file and not function.__code__.co_filename.startswith("<"))(function),
    )
