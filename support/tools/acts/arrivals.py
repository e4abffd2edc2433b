"""Sends the message before arrival again for a ticket, by the host's own act."""

from datetime import datetime

from authorization.models import User
from billing.models import StayMessage
from billing.sessions.arrivals import acts as arrivals
from support.tools.arrival_previews import Resend
from support.tools.case import NotPossibleError


def resend(request: Resend, *, by: User, now: datetime) -> str:
    """Sends the message again. Raises NotAllowedError and NotPossibleError."""
    try:
        message = arrivals.send(request.stay, language=request.language, by=by, now=now)
    except arrivals.CancelledError as exc:
        raise NotPossibleError(str(exc)) from exc
    if message.channel == StayMessage.Channel.COPY:
        return "The text is on the stay’s page, for the host to copy: there is no way to write to this guest."
    way = message.get_channel_display().lower()
    return f"The message is sent {way} within seconds; the stay’s page says how it ended."
