"""The blueprint that the public pages share."""

from __future__ import annotations

from consulta.platform.web.pages import Pages

blueprint = Pages("public", __name__)
