"""Sessions > one > a complaint: the host's answer without a refund; a refund answers by itself."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.sessions.refunds import complaints
from billing.sessions.refunds.acts import complaints as acts


@login_required
@require_POST
def complaint_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Stores a sentence that the guest reads on the receipt's page."""
    user = viewer(request)
    complaint = access.complaints(user).select_related("receipt", "host").filter(pk=pk).first()
    if complaint is None or not people.has_right(user, Right.HANDLE_MONEY, complaint.host):
        raise Http404
    back = redirect("billing:session", session_id=complaint.receipt.session_id)
    sentence = request.POST.get("answer", "").replace("\x00", "").strip()[:400]
    if not sentence:
        notes.error(request, "Write what the guest is to read, or give something back.")
        return back
    try:
        acts.answer(complaint, sentence=sentence, by=user, now=now())
    except complaints.AnsweredError as exc:
        notes.info(request, str(exc))
    else:
        notes.success(request, "The guest reads your answer on the receipt's page.")
    return back
