"""Sessions > one > a complaint: the host's answer without a refund; a refund answers by itself."""

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
from billing.models import Complaint
from billing.refunds import complaints


@login_required
@require_POST
def complaint_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A sentence that the guest reads on the receipt's page."""
    user = viewer(request)
    found = access.complaints(user).select_related("receipt", "host").filter(pk=pk).first()
    if found is None or not people.may(user, Right.HANDLE_MONEY, found.host):
        raise Http404
    back = redirect("billing:session", session_id=found.receipt.session_id)
    sentence = request.POST.get("answer", "").replace("\x00", "").strip()[:400]
    if not sentence:
        notes.error(request, "Write what the guest is to read, or give something back.")
        return back
    try:
        answer(found, sentence=sentence, by=user)
    except complaints.AnsweredError as exc:
        notes.info(request, str(exc))
    else:
        notes.success(request, "The guest reads your answer on the receipt's page.")
    return back


def answer(found: Complaint, *, sentence: str, by: User | ApiKey) -> Complaint:
    """Answers it and writes down who did. Raises billing.refunds.complaints.AnsweredError."""
    at = now()
    with transaction.atomic():
        answered = complaints.answer(found.pk, sentence=sentence, by=audit.actor(by), now=at)
        subject = audit.Subject("complaint", found.pk, str(found.receipt), found.host)
        audit.write("complaint.answered", subject, user=by, now=at, after={"answer": sentence})
        return answered
