"""Money that waits for a person, in the sessions that a viewer may see: refunds, disputes, debts, complaints, late
stops.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from django.db.models import Model, QuerySet

from authorization.people.access import Viewer
from billing import access
from billing.models import Complaint, Dispute, LateStop, Receivable, Refund, RefundOffer, Session
from billing.sessions.processor_reports import disputes
from billing.sessions.refunds import complaint_answers

M = TypeVar("M", bound=Model)
FAILED: Final = (Refund.State.REFUSED, Refund.State.PARTLY)


@dataclass(frozen=True, slots=True)
class WorkList(Generic[M]):
    """One kind of work: its rows, most urgent first. `slug` is its anchor on the page."""

    slug: str
    singular: str
    many: str
    rows: QuerySet[M]

    def words(self, count: int) -> str:
        return f"{count} {self.singular if count == 1 else self.many}"


@dataclass(frozen=True, slots=True)
class Work:
    """All that waits; empty querysets if nothing does."""

    waiting: WorkList[Refund]
    refused: WorkList[Refund]
    disputes: WorkList[Dispute]
    owed: WorkList[Receivable]
    held: WorkList[Session]
    complaints: WorkList[Complaint]
    offers: WorkList[RefundOffer]
    late: WorkList[LateStop]

    @property
    def counted(self) -> list[tuple[str, str]]:
        """Returns the non-empty kinds as texts with their anchors, except held sessions, complaints and bills that look
        wrong, which have rows of their own.

        Five queries.
        """
        parts = (self.waiting, self.refused, self.disputes, self.owed, self.late)
        return [(part.slug, part.words(count)) for part in parts if (count := part.rows.count())]


def load(viewer: Viewer) -> Work:
    """Returns the lists without a query; their rows are loaded when used."""
    visible_sessions = access.sessions(viewer)
    back = Refund.objects.filter(receipt__session__in=visible_sessions).select_related(
        "host", "receipt__session__charger", "receipt__session__property"
    )
    contested = Dispute.objects.filter(state__in=disputes.OPEN, hold__session__in=visible_sessions)
    owed = Receivable.objects.filter(state=Receivable.State.OPEN, session__in=visible_sessions)
    held_sessions = visible_sessions.filter(state=Session.State.HELD).select_related("host", "charger", "property")
    return Work(
        waiting=WorkList(
            "waiting",
            "refund waits for a second person",
            "refunds wait for a second person",
            back.filter(state=Refund.State.WAITING).order_by("id"),
        ),
        refused=WorkList(
            "refused",
            "refund was refused by the processor",
            "refunds were refused by the processor",
            back.filter(state__in=FAILED).prefetch_related("parts").order_by("id"),
        ),
        disputes=WorkList(
            "disputes",
            "payment is contested by its cardholder",
            "payments are contested by their cardholders",
            contested.select_related("host", "hold__session__charger", "hold__session__property").order_by(
                "respond_before", "id"
            ),
        ),
        owed=WorkList(
            "owed",
            "amount was not collected",
            "amounts were not collected",
            owed.select_related("host", "session__charger", "session__property").order_by("-id"),
        ),
        complaints=WorkList(
            "complaints",
            "guest says something is wrong",
            "guests say something is wrong",
            complaint_answers.waiting()
            .filter(receipt__session__in=visible_sessions)
            .select_related("host", "receipt__session__charger", "receipt__session__property")
            .order_by("id"),
        ),
        offers=WorkList(
            "offers",
            "bill looks wrong",
            "bills look wrong",
            access.refund_offers(viewer)
            .filter(state=RefundOffer.State.WAITING)
            .select_related("host", "receipt__session__charger", "receipt__session__property")
            .order_by("id"),
        ),
        late=WorkList(
            "late",
            "late stop could add to a bill",
            "late stops could add to bills",
            LateStop.objects.filter(outcome=LateStop.Outcome.NOT_BILLED, session__in=visible_sessions)
            .select_related("session__host", "session__charger", "session__property")
            .order_by("id"),
        ),
        held=WorkList(
            "held", "session is held for review", "sessions are held for review", held_sessions.order_by("id")
        ),
    )
