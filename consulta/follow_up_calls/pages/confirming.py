"""The link by which an address confirms that it wants to follow recommendations: its button does it."""

from __future__ import annotations

from consulta.follow_up_calls import following

TEMPLATE = "follow_up_calls/confirmed.html"
act = following.confirm
