"""The only error that the core raises.

A problem is a code and the values a sentence about it needs. It holds no sentence: languages are chosen far
above.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


class Problem(Exception):  # noqa: N818 - the domain word; an "Error" suffix would say less
    """Something that cannot be, said as a code such as `ballot.theme` and the parameters of its sentence."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __reduce__(self) -> tuple[Callable[[], Problem], tuple[()]]:
        """Return how it is made again in another process."""
        return partial(type(self), self.code, **self.params), ()

    def __str__(self) -> str:
        """Return the code with its parameters, for logs and test reports."""
        return " ".join([self.code, *(f"{name}={value!r}" for name, value in self.params.items())])


def or_problem(value: Value | None, code: str, /, **params: object) -> Value:
    """Return a value that is there. Raise Problem with this code where it is None."""
    if value is None:
        raise Problem(code, **params)
    return value
