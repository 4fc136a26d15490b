"""How the compiled functions of this room are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba as nb

Function = TypeVar("Function", bound=Callable[..., Any])


def inner(function: Function) -> Function:
    """Compile a function that compiled functions alone call, and that allocates nothing.

    Unwrapped, it compiles in half the time. Callers pass numbers as int64, since every other type
    is compiled anew. References are not counted in it: its arrays are held by the function that
    was called from Python, and atomic counts at every use of an array took four fifths of the time.
    """
    # numba's types do not list these options.
    jit: Any = nb.njit
    # Inlined, or every call copies the dozens of array descriptions that its tuples hold.
    made: Function = jit(
        cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False, forceinline=True
    )(function)
    return made


def outer(function: Function) -> Function:
    """Compile a function that is called from Python."""
    jit: Any = nb.njit
    made: Function = jit(cache=True, nogil=True)(function)
    return made
