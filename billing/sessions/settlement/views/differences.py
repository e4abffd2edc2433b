"""Sessions > one: bills what a late stop added, or leaves it as it is."""

import uuid

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from authorization.accounts import fresh_login
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.engine.values import money
from billing.models import Hold, LateStop, Session
from billing.sessions.allowances import first_line
from billing.sessions.allowances.first_line import LimitError
from billing.sessions.settlement import correction
from billing.sessions.settlement.acts import sessions as acts


@login_required
@require_POST
def session_difference(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Bills or leaves the difference; the page showed the effect next to each button."""
    user = viewer(request)
    session = access.sessions(user).select_related("host", "charger").filter(pk=session_id).first()
    if session is None or not people.has_right(user, Right.HANDLE_MONEY, session.host):
        raise Http404
    expected_text = request.POST.get("expected", "")
    expected = int(expected_text) if expected_text.isdecimal() and len(expected_text) < 16 else -1
    try:
        if request.POST.get("do") == "bill":
            notes.success(
                request, _sentence(acts.bill_difference(session, expected_minor=expected, by=user, now=now()), expected)
            )
        else:
            first_line.check(user, lambda: first_line.of_difference(session))  # refuses before the log-in
            return _leave(request, session)
    except (correction.DifferenceError, LimitError) as exc:
        notes.error(request, str(exc))
    return redirect("billing:session", session_id=session_id)


@fresh_login.after_log_in
def _leave(request: HttpRequest, session: Session) -> HttpResponse:
    """Leaves the difference after a fresh log-in, as for a refund, because delivered energy is not billed."""
    acts.leave_difference(session, by=viewer(request), now=now())
    notes.success(request, "It is left as it was: the receipt stands.")
    return redirect("billing:session", session_id=session.pk)


def _sentence(late: LateStop, difference_minor: int) -> str:
    amount = money.text(difference_minor, currency=late.currency)
    rest_hold = late.session.holds.filter(role=Hold.Role.REST, created_at__gte=late.answered_at).first()
    if rest_hold is not None and rest_hold.state == Hold.State.CAPTURED:
        return f"{amount} more is billed, and was taken from the card ending {rest_hold.last4}."
    if rest_hold is not None and rest_hold.state == Hold.State.FAILED:
        return f"{amount} more is billed, and stays owed: {rest_hold.failure}"
    if rest_hold is not None:
        return f"{amount} more is billed; the processor has not answered yet, and is asked again."
    return f"{amount} more is billed: the corrected receipt is issued."
