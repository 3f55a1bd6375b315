"""How many random examples each law is tried on: 50 while writing, 500 where `HYPOTHESIS_PROFILE=ci`."""

import os

from hypothesis import HealthCheck, settings

PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}

settings.register_profile("dev", max_examples=50, **PATIENT)
settings.register_profile("ci", max_examples=500, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
