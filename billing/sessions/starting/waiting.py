"""The time limit for plugging in after the payment, and whether the vehicle is already plugged in."""

from dataclasses import dataclass
from datetime import datetime

from billing.models import Session
from billing.sessions.lifecycle import lifecycle
from chargers.commands.queue import START_ORDER_VALID
from chargers.fleet import condition
from chargers.models import Connector


@dataclass(frozen=True, slots=True)
class Plug:
    """The countdown.

    `until`: when the ordered start expires; `left`: the remaining minutes and seconds, empty once it is over.
    """

    until: datetime
    left: str
    is_in: bool

    @property
    def until_iso(self) -> str:
        """Returns the end for the script that runs the countdown."""
        return self.until.isoformat()


def find_plug(session: Session, *, now: datetime) -> Plug | None:
    """Returns the countdown; None if the session does not wait for the plug."""
    if session.state != Session.State.WAITING or session.outlet_taken_at is None or session.expires_at is None:
        return None
    until = session.expires_at - (lifecycle.TIME_TO_PLUG_IN - START_ORDER_VALID)
    seconds = max(0, int((until - now).total_seconds()))
    countdown_text = f"{seconds // 60}:{seconds % 60:02}" if seconds else ""
    return Plug(until=until, left=countdown_text, is_in=_is_in(session))


def _is_in(session: Session) -> bool:
    plugs = Connector.objects.filter(evse__charger=session.charger_id, evse__number=session.evse_number or 0)
    return plugs.filter(status__in=condition.PLUGGED_IN).exists()
