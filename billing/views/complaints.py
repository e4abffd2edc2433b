"""Sessions > one > a complaint: the host's answer without a refund; a refund answers by itself."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from authorization import access as people
from authorization.roles import Right
from billing import access, complaints
from billing.models import Complaint
from chargers.views.frame import now, viewer
from support import audit


@login_required
@require_POST
def complaint_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A sentence that the guest reads on the receipt's page."""
    user, at = viewer(request), now()
    found = Complaint.objects.select_related("receipt", "host").filter(pk=pk).first()
    if found is None or not access.sessions(user).filter(pk=found.receipt.session_id).exists():
        raise Http404
    if not people.may(user, Right.HANDLE_MONEY, found.host):
        raise Http404
    back = redirect("billing:session", session_id=found.receipt.session_id)
    sentence = request.POST.get("answer", "").replace("\x00", "").strip()[:400]
    if not sentence:
        notes.error(request, "Write what the guest is to read, or give something back.")
        return back
    try:
        with transaction.atomic():
            complaints.answer(pk, sentence=sentence, by=audit.actor(user), now=at)
            subject = audit.Subject("complaint", pk, str(found.receipt), found.host)
            audit.write("complaint.answered", subject, user=user, now=at, after={"answer": sentence})
    except complaints.AnsweredError as exc:
        notes.info(request, str(exc))
    else:
        notes.success(request, "The guest reads your answer on the receipt's page.")
    return back
