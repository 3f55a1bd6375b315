"""One pass over every byte of the input with NumPy: what no count can be faster than."""

from typing import Any

from harness import Inputs, Work, main

READ = ("ranks", "subregion", "sector", "objectives")


def _run(inputs: Inputs) -> list[Any]:
    return [inputs[name].max() for name in READ]


if __name__ == "__main__":
    main({"pass": Work(lambda inputs: inputs, _run, lambda largest, _: {"largest": largest})})
