"""The stand-alone verifier's count of one bundle, without an archive around it."""

import importlib.util
import json

from consulta.infra.paths import PACKAGE


def module():
    """A fresh copy of `verificar.py`."""
    path = PACKAGE / "data" / "verify" / "verificar.py"
    spec = importlib.util.spec_from_file_location("verificar", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
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
        box.round = verifier.round_of(box.json("bundle.json"))
        for check in checks:
            check(box)
    except verifier.Differs as differs:
        return f"{differs.file} {differs.place}: {differs.expected} / {differs.found}"
    return None
