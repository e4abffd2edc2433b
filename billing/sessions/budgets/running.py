"""Running sessions whose budget is used up, where the host chose that this ends them."""

from datetime import datetime

from django.db.models import Q, QuerySet

from authorization.decide import decisions
from authorization.decide.decisions import Kind, Question
from billing.models import Session


def list_limited() -> QuerySet[Session]:
    """Returns the sessions that charge with a card whose own budget, or that of a group of it, ends sessions."""
    stops = Q(token__budget__stops_sessions=True) | Q(token__groups__budgets__stops_sessions=True)
    charging = Session.objects.filter(stops, state=Session.State.CHARGING)
    return charging.select_related("charger", "transaction").distinct()


def must_stop(session: Session, *, now: datetime) -> bool:
    """Whether all budgets that refuse its card are such that end sessions.

    A session uses the budget of the month in which it began. As many queries as a decision.
    """
    began = session.started_at or session.opened_at
    question = Question(kind=Kind.START, at=began, received_at=now, uid=session.id_token)
    exhausted = decisions.find_exhausted_budgets(charger=session.charger, question=question)
    return bool(exhausted) and all(budget.stops_sessions for budget in exhausted)
