"""sortition-algorithms: features with limits, people as rows; `find_any_committee` gives a panel within them.

One person at most of an organisation is what its check of addresses does.
"""

from typing import Any

from harness import Inputs, Work, main
from sortition_algorithms import Settings, read_in_features, read_in_people
from sortition_algorithms.committee_generation import find_any_committee


def _build(inputs: Inputs) -> Any:
    names = list(inputs["limits"])
    features, *_ = read_in_features(
        ["feature", "value", "min", "max"],
        [
            {"feature": name, "value": f"v{value}", "min": str(low), "max": str(high)}
            for name in names
            for value, (low, high) in enumerate(inputs["limits"][name])
            if value in inputs[name]
        ],
    )
    settings = Settings(
        id_column="key",
        columns_to_keep=["organisation"],
        check_same_address=True,
        check_same_address_columns=["organisation"],
    )
    columns = {name: inputs[name].tolist() for name in (*names, "organisation")}
    rows = [
        {"key": str(place), **{name: f"v{column[place]}" for name, column in columns.items()}}
        for place in range(len(inputs["support"]))
    ]
    people, _ = read_in_people(["key", *names, "organisation"], rows, features, settings)
    return features, people, inputs["seats"]


def _run(built: Any) -> Any:
    features, people, seats = built
    return find_any_committee(features, people, seats, ["organisation"])


def _answer(found: Any, _: Inputs) -> dict[str, Any]:
    (committee,) = found[0]
    return {"members": sorted(int(key) for key in committee)}


if __name__ == "__main__":
    main({"any": Work(_build, _run, _answer)})
