"""The attention list: everything that needs a person, with filters; and decisions about a row."""

from typing import Any

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from authorization.models import User
from authorization.people import access, roles
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from backoffice.portal.attention import acts, attention, attention_rows, versions
from backoffice.portal.attention.attention import SNOOZES, Row, SnoozeFor, Subject
from backoffice.portal.attention.cause import TITLES, Kind
from chargers.pages import live

_PAGE = 50
_MAX_REFUSALS = 20


@login_required
@require_safe
@live.follows(versions.of_work)
def attention_page(request: HttpRequest) -> HttpResponse:
    """Shows all rows, with snoozed ones if requested; rows that are left out are counted."""
    user, at = viewer(request), now()
    attention_list = attention.for_viewer(user, now=at, most_refusals=_MAX_REFUSALS)
    wants_snoozed = read_query_param(request, "show") == "snoozed"
    rows = [
        row
        for row in (attention_list.snoozed if wants_snoozed else attention_list.rows)
        if _matches(request, user, row)
    ]
    decides = access.may_somewhere(user, Right.HANDLE_MONEY)
    query = request.GET.copy()
    query.pop("page", None)
    context: dict[str, Any] = {
        "room": "dashboard",
        "page": Paginator(rows, _PAGE).get_page(read_query_param(request, "page")),
        "total": len(rows),
        "attention": attention_list,
        "wants_snoozed": wants_snoozed,
        "properties": access.properties(user).order_by("name"),
        "kinds": [(kind.value, title) for kind, title in TITLES.items()],
        "chosen": {name: read_query_param(request, name) for name in ("property", "kind", "assigned")},
        "query": query.urlencode(),
        "acts": decides or access.may_somewhere(user, Right.OPERATE),
        "decides": decides,
        "who_decides": roles.describe_holders(Right.HANDLE_MONEY),
        "members": attention_rows.members(user),
        "snoozes": attention_rows.SNOOZE_CHOICES,
        "back": request.get_full_path(),
    }
    return render(request, "billing/attention.html", context)


@login_required
@require_POST
def attention_act(request: HttpRequest, subject: str) -> HttpResponse:
    """Snoozes a row, shows it again, or assigns it, for all users of the host."""
    user = viewer(request)
    row_subject = attention.subject_named(user, subject)
    if row_subject is None or not acts.may_decide(user, row_subject):
        raise Http404
    match request.POST.get("do"):
        case "snooze":
            _snooze(request, row_subject, by=user)
        case "wake":
            acts.unsnooze(row_subject, by=user, now=now())
            notes.success(request, f"{row_subject.label} is shown again.")
        case "assign":
            _assign(request, row_subject, by=user)
        case _:
            notes.info(request, "Nothing was changed: choose one of the buttons.")
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else "portal:attention")


def _snooze(request: HttpRequest, subject: Subject, *, by: User) -> None:
    try:
        lasts = SnoozeFor(request.POST.get("for", ""))
        acts.snooze(subject, lasts, by=by, now=now())
    except ValueError:
        notes.info(request, "Nothing was changed: choose how long.")
    except acts.NothingToSnoozeError:
        notes.info(request, f"{subject.label} needs nobody any more.")
    else:
        title = SNOOZES[lasts][0]
        length = title if lasts == SnoozeFor.CHANGE else f"for {title}"
        notes.success(request, f"{subject.label} is snoozed {length}. It stays counted: show it again under “snoozed”.")


def _assign(request: HttpRequest, subject: Subject, *, by: User) -> None:
    email = request.POST.get("to", "")
    try:
        acts.assign(subject, email, by=by, now=now())
    except acts.NotAMemberError:
        notes.error(request, f"{email} is not a member of {subject.host}.")
    else:
        notes.success(request, f"{subject.label} is assigned to {email or 'nobody'}.")


def _matches(request: HttpRequest, user: User, row: Row) -> bool:
    slug, kind, assigned = (read_query_param(request, name) for name in ("property", "kind", "assigned"))
    assignee = row.mark.assigned_to if row.mark else None
    return (
        (not slug or row.subject.property_slug == slug)
        and (kind not in set(Kind) or any(cause.kind == kind for cause in row.causes))
        and (assigned != "me" or assignee == user)
        and (assigned != "nobody" or assignee is None)
    )
