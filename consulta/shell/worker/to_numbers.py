"""Links that are due by SMS or WhatsApp, given one by one to the program of the installation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.platform.mailer import gateway, outbox
from consulta.platform.models import GATEWAY
from consulta.rounds.letters import service as letters
from consulta.rounds.letters import to_numbers
from consulta.shell.worker.mail import UNMADE, Sending

if TYPE_CHECKING:
    from consulta.shell.worker.running import Running

NO_PROGRAM = "message.no_program"


class ToNumbers(Sending):
    """The messages to numbers that a worker sends; neither they nor mails wait for the other."""

    channel = GATEWAY

    def __init__(self, running: Running) -> None:
        settings = running.settings
        super().__init__(running, settings.mail.rate)
        self.command = settings.message_command
        self.post = letters.Post(settings.base_url, settings.mail.test_address)

    def _send(self, number: int, until: float) -> int | None:
        """Give one message that was lent to the program, and return the number of the next that is lent."""
        found = self._finished(to_numbers.finish, number)
        if isinstance(found, letters.Needless):
            return self._drop(number, found.reason, until)
        if not self.command:
            return self._drop(number, NO_PROGRAM, until)
        if found is None:
            return self._settle(number, UNMADE, None, until)
        message, token = found
        outcome = gateway.send(self.command, message)
        outcome = replace(outcome, said=letters.hide(outcome.said, (token,)))
        sent = outbox.Sent("gateway", message.to, "", letters.hide(message.text, (token,)))
        return self._settle(number, outcome, sent, until)
