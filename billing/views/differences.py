"""Sessions > one: what a stop that came late has added is billed, or left as it is."""

import uuid

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.models import Hold, LateStop, Session
from billing.rating.values import money
from billing.settlement import correction


@login_required
@require_POST
def session_difference(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """One click each; what it does was shown beside the button."""
    user = viewer(request)
    session = access.sessions(user).select_related("host", "charger").filter(pk=session_id).first()
    if session is None or not people.may(user, Right.HANDLE_MONEY, session.host):
        raise Http404
    typed = request.POST.get("expected", "")
    expected = int(typed) if typed.isdecimal() and len(typed) < 16 else -1
    try:
        if request.POST.get("do") == "bill":
            notes.success(request, _told(bill(session, expected_minor=expected, by=user), expected))
        else:
            leave(session, by=user)
            notes.success(request, "It is left as it was: the receipt stands.")
    except correction.DifferenceError as exc:
        notes.error(request, str(exc))
    return redirect("billing:session", session_id=session_id)


def bill(session: Session, *, expected_minor: int, by: User | ApiKey) -> LateStop:
    """Bills the difference, writes down who approved it, and asks the saved card. Raises DifferenceError."""
    at = now()
    with transaction.atomic():
        late = correction.bill(session.pk, expected_minor=expected_minor, by=audit.actor(by), now=at)
        before = {"total_minor": late.total_minor - expected_minor, "currency": late.currency}
        after = {"total_minor": late.total_minor, "currency": late.currency}
        audit.write("session.difference_billed", _subject(session), user=by, now=at, before=before, after=after)
    correction.charge(late.pk, now=now())
    return late


def leave(session: Session, *, by: User | ApiKey) -> LateStop:
    """Leaves the receipt as it is and writes down who decided that. Raises DifferenceError."""
    at = now()
    with transaction.atomic():
        late = correction.leave(session.pk, by=audit.actor(by), now=at)
        after = {"billed_minor": late.billed_minor, "total_minor": late.total_minor, "currency": late.currency}
        audit.write("session.difference_left", _subject(session), user=by, now=at, after=after)
    return late


def _told(late: LateStop, difference_minor: int) -> str:
    amount = money.text(difference_minor, currency=late.currency)
    rest = late.session.holds.filter(role=Hold.Role.REST, created_at__gte=late.answered_at).first()
    if rest is not None and rest.state == Hold.State.CAPTURED:
        return f"{amount} more is billed, and was taken from the card ending {rest.last4}."
    if rest is not None and rest.state == Hold.State.FAILED:
        return f"{amount} more is billed, and stays owed: {rest.failure}"
    if rest is not None:
        return f"{amount} more is billed; the processor has not answered yet, and is asked again."
    return f"{amount} more is billed: the corrected receipt is issued."


def _subject(session: Session) -> audit.Subject:
    return audit.Subject("session", session.pk, str(session.charger), session.host)
