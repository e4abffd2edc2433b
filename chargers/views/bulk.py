"""Chargers > bulk actions on the chosen ones."""

from typing import Any, Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.people import access, roles
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import jobs as acts
from chargers.acts import tags as tag_acts
from chargers.acts.jobs import JobError, JobOrder
from chargers.lib import ids
from chargers.listing import tags
from chargers.models import Charger, Transaction
from chargers.pages import bulk_forms
from chargers.pages.bulk_forms import BulkForm, TagsForm
from chargers.pages.selection import Selection, resolve_selection

_MAX_NAMED: Final = 30
_MAX_LABELS: Final = 200


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_page(request: HttpRequest) -> HttpResponse:
    """Shows the possible actions at the chosen chargers, and their number."""
    selection = resolve_selection(request, request.POST if request.method == "POST" else request.GET)
    if not selection.keys:
        notes.warning(request, "Choose at least one charger.")
        return redirect("chargers:list")
    wrong: dict[str, Any] = {}
    if request.method == "POST":
        do = request.POST.get("do", "")
        if do in {"tags_on", "tags_off"}:
            wrong["tags"] = TagsForm(request.POST)
            if wrong["tags"].is_valid():
                return _change_tags(
                    request, selection, wrong["tags"].cleaned_data["names"], is_removal=do == "tags_off"
                )
        elif do in bulk_forms.list_allowed_actions(viewer(request)):
            wrong[do] = bulk_forms.form_of(do, viewer(request), data=request.POST)
            if wrong[do].is_valid() and (answer := _start_job(request, selection, wrong[do])) is not None:
                return answer
    return render(request, "chargers/bulk.html", _context(request, selection, wrong))


def _context(request: HttpRequest, selection: Selection, wrong: dict[str, Any]) -> dict[str, Any]:
    user = viewer(request)
    shown_chargers = Charger.objects.filter(pk__in=selection.keys[:_MAX_NAMED]).order_by("station_id")
    initial = {name: request.GET[name] for name in ("key", "value") if name in request.GET}
    rights = {
        right
        for right in (Right.OPERATE, Right.MANAGE)
        if acts.chargers_with_right(user, right).filter(pk__in=selection.keys).exists()
    }
    actions = [
        (
            key,
            wrong.get(key) or bulk_forms.form_of(key, user, initial=initial if key == "setting" else None),
            key in wrong,
        )
        for key in bulk_forms.list_allowed_actions(user)
        if acts.right_for(key) in rights
    ]
    return {
        "room": "chargers",
        "chosen": selection,
        "count": len(selection.keys),
        "charging": Transaction.objects.filter(charger__in=selection.keys, stopped_at=None).count(),
        "named": shown_chargers,
        "more": max(len(selection.keys) - _MAX_NAMED, 0),
        "actions": actions,
        "operates": Right.OPERATE in rights,
        "who_operates": roles.describe_holders(Right.OPERATE),
        "opens": request.GET.get("open", ""),
        "tags_form": wrong.get("tags") or TagsForm(),
        "known_tags": tags.names_on(access.chargers(user)),
        "label_ids": list(
            Charger.objects.filter(pk__in=selection.keys[:_MAX_LABELS]).values_list("charger_id", flat=True)
        ),
        "most_labels": _MAX_LABELS,
        "once": ids.generate(now=now()),
    }


def _change_tags(request: HttpRequest, selection: Selection, names: list[str], *, is_removal: bool) -> HttpResponse:
    """Puts tags on or takes them off. Raises NotAllowedError without the right to operate at all of them."""
    rows = list(Charger.objects.filter(pk__in=selection.keys))
    act = tag_acts.take_off if is_removal else tag_acts.put_on
    act(rows, names, by=viewer(request), now=now())
    quoted_names = ", ".join(f"“{name}”" for name in names)
    many = f"{len(rows)} charger{'' if len(rows) == 1 else 's'}"
    notes.success(request, f"{quoted_names} taken off {many}." if is_removal else f"{quoted_names} put on {many}.")
    return redirect(f"{reverse('chargers:list')}?view=0")


def _start_job(request: HttpRequest, selection: Selection, form: BulkForm) -> HttpResponse | None:
    """Starts the job and redirects to its page; None if the form has errors. Raises NotAllowedError."""
    order = JobOrder(plan=form.plan(), chargers=selection.keys, once=ids.read(request.POST.get("once")), **form.asked)
    try:
        job = acts.start(order, by=viewer(request), now=now())
    except JobError as exc:
        form.add_error(None, str(exc))
        return None
    return redirect("chargers:job", job_id=job.pk)
