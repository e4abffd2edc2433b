"""Sentences about chargers, worded the same on all pages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chargers.formatting.quantities import two_units
from chargers.models import Charger, Command, Licence, Transaction

_CLOCK_TOLERANCE_S = 60
_PLUGS = {
    "IEC_62196_T1": "Type 1 (J1772)",
    "IEC_62196_T1_COMBO": "CCS 1",
    "IEC_62196_T2": "Type 2",
    "IEC_62196_T2_COMBO": "CCS 2",
    "CHADEMO": "CHAdeMO",
    "TESLA_S": "Tesla",
    "NACS": "NACS",
}
_KINDS = {"queued": "busy", "sent": "busy", "accepted": "ok", "unknown": "unknown", "offline": "unknown"}
_WORDS = {
    Command.State.QUEUED: "Waiting to be sent",
    Command.State.SENT: "Sent, waiting for the answer",
    Command.State.ACCEPTED: "Accepted",
    Command.State.REJECTED: "Rejected",
    Command.State.NOT_SUPPORTED: "Not supported",
    Command.State.ERROR: "Answered with an error",
    Command.State.TIMED_OUT: "Timed out",
    Command.State.UNKNOWN: "Effect unknown",
    Command.State.OFFLINE: "Offline: not sent",
}


def licence_sentence(charger: Charger) -> str:
    """Describes the licence."""
    licence = _licence(charger)
    if licence is None:
        return "active, without end"
    until = f" until {licence.expires_on:%-d %b %Y}" if licence.expires_on else ", without end"
    if licence.state == Licence.State.INACTIVE:
        return "not active: new sessions are refused"
    if licence.expires_on and licence.expires_on < _today(charger):
        return f"expired on {licence.expires_on:%-d %b %Y}" + (", in grace" if licence_holds(charger) else "")
    return f"active{until}"


def missing_messages(row: Transaction) -> str:
    """Describes which messages of a transaction never arrived, and the station's statement about them; "" if none is
    missing.
    """
    count = row.missing_count
    if not count:
        return ""
    subject = f"Message {row.missing_seq_nos} is" if count == 1 else f"{count} messages ({row.missing_seq_nos}) are"
    answer, pronoun = Transaction.StatusAnswer, "it" if count == 1 else "them"
    latest = row.status_answer if row.status_answered_at else answer.NONE
    sentences = {
        answer.NONE: f"The charger was asked for {pronoun}."
        if row.status_asked_at
        else f"The charger is asked for {pronoun}.",
        answer.GOES_ON: "The charger says that the session goes on.",
        answer.LEFT: "The charger says that some of them wait to be sent: the bill waits for them, a day at most.",
        answer.EMPTY: "The charger has nothing left to send: the bill is made of what came.",
    }
    if count == 1:
        sentences[answer.LEFT] = "The charger says that it waits to be sent: the bill waits for it, a day at most."
    return f"{subject} missing. {sentences[answer(latest)]}"


def plug_name(standard: str) -> str:
    """Returns the common name of a connector standard."""
    return _PLUGS.get(standard, standard.replace("_", " ") or "–")


def clock_sentence(charger: Charger) -> str:
    """Describes how far the charger's clock differs from ours; empty up to a minute, and if it was never compared."""
    offset_s = charger.clock_offset_s
    if charger.clock_measured_at is None or abs(offset_s) <= _CLOCK_TOLERANCE_S:
        return ""
    return f"The charger's clock is {two_units(abs(offset_s))} {'ahead' if offset_s > 0 else 'behind'}."


def actor_name(origin: str) -> str:
    """Returns who requested a command: the user's address, without our prefix."""
    kind, _, name = origin.partition(":")
    people = {"user": name, "upstream": name, "api": f"API key {name}", "guest": "the guest", "system": "us"}
    return people.get(kind, origin or "us")


def command_kind(command: Command) -> str:
    """Returns the colour and shape of a command's state."""
    return _KINDS.get(command.state, "bad")


def command_word(command: Command) -> str:
    """Returns the state in a few words; the sentence next to it has the details."""
    return _WORDS[Command.State(command.state)]


def licence_holds(charger: Charger) -> bool:
    """Whether the licence allows new sessions; a charger without one is unrestricted."""
    licence = _licence(charger)
    if licence is None:
        return True
    if licence.state == Licence.State.INACTIVE:
        return False
    if licence.expires_on is None:
        return True
    return _today(charger) <= licence.expires_on + timedelta(days=licence.grace_days)


def _licence(charger: Charger) -> Licence | None:
    return getattr(charger, "licence", None)


def _today(charger: Charger) -> date:
    return datetime.now(tz=UTC).astimezone(ZoneInfo(charger.property.time_zone)).date()
