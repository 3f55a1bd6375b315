"""What a nominee's forms have in them beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from consulta.panel.nominees.values import NomineeRecord


def filled(nominee: NomineeRecord) -> dict[str, Any]:
    """Return the form data of an existing nominee."""
    return reached(nominee) | {
        "kind": nominee.kind,
        "name": nominee.name,
        "organisation": nominee.organisation,
        "about": nominee.about,
        "role": nominee.role,
        "country": nominee.country,
        "sector": nominee.sector,
        "gender": nominee.gender or "",
        "topics": list(nominee.topics),
        "recent": nominee.recent,
        "support": nominee.support,
    }


def reached(nominee: NomineeRecord) -> dict[str, Any]:
    """Return the contact form data of an existing nominee."""
    return {
        "language": nominee.language,
        "email": nominee.email,
        "languages": list(nominee.languages),
        "address_form": nominee.address_form,
        "delegate": nominee.delegate,
        "speaks_for": "\n".join(nominee.speaks_for),
        "consent_contact": nominee.consent_contact,
        "consent_listed": nominee.consent_listed,
        "consent_governments": nominee.consent_governments,
        "government": nominee.government,
    }
