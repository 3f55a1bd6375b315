"""The link that ends digests: its button does it, and mail programs press it too."""

from __future__ import annotations

from consulta.follow_up_calls import following

TEMPLATE = "follow_up_calls/stopped.html"
act = following.stop
