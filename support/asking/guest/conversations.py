"""A conversation with the assistant by its unguessable link: its turns, and the present question."""

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from support.asking import conversation_form, uploads
from support.asking.acts import StaleError
from support.asking.conversation_form import FloodError
from support.models import Conversation
from support.tickets.attachments import AttachmentError
from support.topics.topic import Asker


@never_cache
@uploads.limit_body_size
@require_http_methods(["GET", "HEAD", "POST"])
def conversation_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows a guest's conversation to each holder of its link; one of a logged-in user only to that user."""
    row, form = _get_conversation(request, secret), None
    if row.asker == Asker.HOST:
        translation.activate(row.language)
    if request.method == "POST":
        try:
            form = conversation_form.post(request, row)
        except FloodError:
            return HttpResponse(gettext("Too many requests from here: try again in an hour."), status=429)
        except StaleError:
            notes.warning(request, gettext("This was answered in another tab. Here is how it stands now."))
        except AttachmentError as exc:
            notes.error(request, gettext(str(exc)))
        if form is None:
            return redirect(conversation_form.address(row))
    template = "support/assistant.html" if row.asker == Asker.HOST else "help/assistant.html"
    return render(request, template, {"room": "support", **conversation_form.context(request, row, form)})


def _get_conversation(request: HttpRequest, secret: str) -> Conversation:
    rows = Conversation.objects.select_related(
        "user",
        "host",
        "property__host",
        "charger__property__host",
        "charger__unit",
        "session__property",
        "session__transaction",
        "session__host",
        "session__charger__property__host",
        "session__driver__user",
        "payout__host",
        "ticket",
    )
    row = rows.filter(secret=secret).first()
    if row is None or ((row.asker == Asker.HOST or row.user is not None) and row.user != request.user):
        raise Http404
    return row
