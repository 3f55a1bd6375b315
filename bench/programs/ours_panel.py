"""Our own panel: from people and rules to the panel, all four stages proven, with rows and substitutes."""

from typing import Any

from harness import Inputs, Work, main

from consulta.core.panel import choose as panel
from consulta.core.values import Nominee, PanelRules, Quota

SEED = "5eed" * 16
CATEGORIES = ("subregion", "sector", "gender", "language", "age")


def _build(inputs: Inputs) -> Any:
    people = [
        Nominee(
            key=f"n{place:06}",
            name=f"n{place}",
            organisation=str(inputs["organisation"][place]),
            role=str(inputs["role"][place]),
            country=str(inputs["country"][place]),
            categories={name: str(inputs[name][place]) for name in CATEGORIES},
            recent=int(inputs["recent"][place]),
        )
        for place in range(len(inputs["support"]))
    ]
    rules = PanelRules(
        size=inputs["seats"],
        roles={
            str(role): (low, high)
            for role, (low, high) in enumerate(inputs["limits"]["role"])
            if role in inputs["role"]
        },
        quotas=tuple(
            Quota(name, str(value), low, high)
            for name in ("country", *CATEGORIES)
            for value, (low, high) in enumerate(inputs["limits"][name])
        ),
        at_most={"organisation": 1},
    )
    support = {f"n{place:06}": int(value) for place, value in enumerate(inputs["support"])}
    return rules, people, support


def _run(built: Any) -> Any:
    rules, people, support = built
    return panel.choose(rules, people, support, [], SEED)


def _answer(chosen: Any, _: Inputs) -> dict[str, Any]:
    return {"members": [int(key[1:]) for key in chosen.members]}


if __name__ == "__main__":
    main({"panel": Work(_build, _run, _answer)})
