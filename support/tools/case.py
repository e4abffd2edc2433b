"""The facts that a ticket's tools use, and the preview of an act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from authorization.models import User
from billing.models import Driver, Receipt, Session
from billing.sessions.documents import receipts
from chargers.models import Charger, Host, Transaction
from support.models import Ticket
from support.topics.details import Detail

_MAX_RUNNING: Final = 20


class NotPossibleError(Exception):
    """Nothing was done; the message is a sentence for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen, one sentence each; `stamp` changes when the confirmed page would no longer be true."""

    says: tuple[str, ...]
    button: str
    warns: tuple[str, ...] = ()
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class ActiveSession:
    """A car that is charging; `session` is None if billing does not know it."""

    transaction: Transaction
    session: Session | None


class TicketContext:
    """A ticket as its tools see it. Each fact is loaded on first use."""

    def __init__(self, ticket: Ticket, *, by: User, now: datetime) -> None:
        self.ticket, self.by, self.now = ticket, by, now

    @cached_property
    def session(self) -> Session | None:
        """The session that an agent, or a proof, has set on the ticket."""
        rows = Session.objects.select_related(
            "charger__property__host", "property", "host", "transaction", "rate_version__rate", "driver__user"
        )
        return rows.filter(pk=self.ticket.session_id).first() if self.ticket.session_id else None

    @cached_property
    def charger(self) -> Charger | None:
        key = self.ticket.charger_id or (self.session.charger_id if self.session else None)
        return Charger.objects.select_related("property__host", "unit").filter(pk=key).first() if key else None

    @cached_property
    def host(self) -> Host | None:
        if self.charger is not None:
            return self.charger.property.host
        return self.session.host if self.session else self.ticket.host

    @cached_property
    def running(self) -> Sequence[ActiveSession]:
        """What is charging at the ticket's charger. Two queries."""
        if self.charger is None:
            return []
        live = Transaction.objects.filter(charger=self.charger, stopped_at=None)
        rows = list(live.exclude(case=Transaction.Case.NEVER_STOPPED).order_by("-id")[:_MAX_RUNNING])
        charging = Session.objects.filter(transaction__in=rows).select_related(
            "charger", "property", "host", "transaction", "rate_version__rate", "driver__user"
        )
        sessions = {session.transaction_id: session for session in charging}
        return [ActiveSession(row, sessions.get(row.pk)) for row in rows]

    @cached_property
    def receipt(self) -> Receipt | None:
        """The session's first receipt, on which refunds are made."""
        if self.session is None:
            return None
        rows = self.session.receipts.filter(kind=Receipt.Kind.RECEIPT).select_related("rating", "host")
        receipt = rows.order_by("id").first()
        if receipt is not None:
            receipt.session = self.session
        return receipt

    @cached_property
    def newest_receipt(self) -> Receipt | None:
        """The receipt that counts: a correction replaces the first one."""
        return receipts.newest(self.session) if self.session else None

    @cached_property
    def driver(self) -> Driver | None:
        """The account that the request names; else that of the address it came from, else that of the session."""
        named_address = self.ticket.details.filter(code=Detail.ACCOUNT_EMAIL).values_list("value", flat=True).first()
        for address in filter(None, (named_address, self.ticket.email)):
            driver = Driver.objects.select_related("user").filter(user__email=address.strip().lower()).first()
            if driver is not None:
                return driver
        return self.session.driver if self.session else None

    @property
    def zone(self) -> ZoneInfo:
        property_ = self.charger.property if self.charger else self.session.property if self.session else None
        property_ = property_ or self.ticket.property
        return ZoneInfo(property_.time_zone if property_ else "UTC")


def clock(case: TicketContext, at: datetime) -> str:
    """Formats a moment in the time zone of the ticket's property."""
    return _format_in_zone(at, case.zone)


def clock_at(charger: Charger, at: datetime) -> str:
    """Formats a moment in the time zone of the charger's property, for previews and results alike."""
    return _format_in_zone(at, ZoneInfo(charger.property.time_zone))


def _format_in_zone(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%-d %b, %H:%M}"
