"""The stand-alone verifier's count of one bundle, without an archive around it."""

import json
from functools import cache
from types import ModuleType

from consulta.infra import programs


@cache
def _code():
    """The program, compiled once: that takes longer than most of what it is asked."""
    return compile(programs.source(programs.VERIFIER), programs.VERIFIER.file_name, "exec")


def module():
    """A fresh copy of `verificar.py`."""
    found = ModuleType("verificar")
    exec(_code(), found.__dict__)  # noqa: S102 - our own program
    return found


def first_difference(bundle, result, robustness=None, resamples=1000):
    """Where the verifier finds that a result does not follow from its bundle, if anywhere; both are files."""
    verifier = module()
    verifier.REPLICATES = resamples
    files = {"bundle.json": bundle, "result.json": result}
    files |= {"robustness.json": robustness} if robustness else {}
    box = verifier.Box(files, None, "test", "en")
    checks = [verifier.check_weights, verifier.check_count, verifier.check_firmness]
    checks += [verifier.check_robustness] if robustness else []
    checks += [verifier.check_panel] if "panel" in json.loads(bundle)["rules"] else []
    try:
        box.round = verifier.Round(box.json("bundle.json"))
        for check in checks:
            check(box)
    except verifier.Differs as differs:
        return f"{differs.file} {differs.place}: {differs.expected} / {differs.found}"
    return None
