"""Forwards a charger's replies to password and certificate commands to `chargers.security`."""

from datetime import datetime

from chargers.commands.results import CommandResult, Result
from chargers.journal.connection import Outgoing
from chargers.security import certificates, passwords
from chargers.sentences.stored import Sentences

_PASSWORD_ACTIONS = frozenset({"ChangeConfiguration", "SetVariables"})


def handle_answer(outgoing: Outgoing, outcome: CommandResult, *, now: datetime) -> None:
    """Handles an answer inside the journal's transaction. Other commands cost no query."""
    if outgoing.action in _PASSWORD_ACTIONS:
        passwords.record_reply(
            outgoing.command_id, answer=_password_answer(outcome.result), outcome=outcome.sentences, now=now
        )
    elif outgoing.action == "CertificateSigned":
        is_accepted = outcome.result is Result.ACCEPTED
        certificates.record_installation(
            outgoing.command_id, is_installed=is_accepted, outcome=outcome.sentences, now=now
        )


def handle_timeout(outgoing: Outgoing, *, outcome: Sentences, now: datetime) -> None:
    """Handles a timeout; the charger may have accepted the password anyway."""
    if outgoing.action in _PASSWORD_ACTIONS:
        passwords.record_reply(outgoing.command_id, answer=passwords.Answer.UNSURE, outcome=outcome, now=now)


def _password_answer(result: Result) -> passwords.Answer:
    match result:
        case Result.ACCEPTED:
            return passwords.Answer.TAKEN
        case Result.ERROR:
            return passwords.Answer.UNSURE
        case Result.REJECTED | Result.NOT_SUPPORTED:
            return passwords.Answer.REFUSED
