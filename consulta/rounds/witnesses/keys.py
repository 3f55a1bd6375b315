"""The key of checkpoints: made for an installation that has none, and changed on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.access import require
from consulta.platform.log import signing
from consulta.rounds.witnesses import service

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Work


def make_first(work: Work, settings: Settings) -> str | None:
    """Make the first key of an installation, and return its public half; None where there is one already.

    A key file of which the log does not tell yet is taken as it is.
    """
    require(work, "checkpoints.sign")
    if service.verifiers(work):
        return None
    name = signing.origin_of(settings.base_url)
    signer = signing.read(settings.data, name) or signing.make(settings.data, name)
    service.begin_key(work, signer)
    return str(signer.verifier)


def change(work: Work, settings: Settings) -> str:
    """Make another key, with which checkpoints are signed from now on; return its public half.

    The name of the log stays. The former private key is overwritten.
    """
    require(work, "checkpoints.sign")
    known = service.verifiers(work)
    name = known[-1].name if known else signing.origin_of(settings.base_url)
    signer = signing.make(settings.data, name, replace=True)
    service.begin_key(work, signer)
    return str(signer.verifier)


def state(work: Work, settings: Settings) -> signing.Key:
    """Return whether the key is there."""
    return signing.state_of(settings.data, service.verifiers(work))
