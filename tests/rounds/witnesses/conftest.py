"""What `consulta verify` says of archives with signed heads, `verificar.html` says too."""

from __future__ import annotations

from tests.third import the_page_too as the_page_too  # noqa: PLC0414  # a fixture
from tests.third import third as third  # noqa: PLC0414  # a fixture
