"""How the laws are tried: 50 examples each, the same everywhere; 500 new ones where HYPOTHESIS_PROFILE=ci.

A run that a newcomer starts must not fail for an example that nobody has seen: looking for those is done on
purpose.
"""

import os

from hypothesis import HealthCheck, settings

PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}

settings.register_profile("dev", max_examples=50, derandomize=True, **PATIENT)
settings.register_profile("ci", max_examples=500, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
