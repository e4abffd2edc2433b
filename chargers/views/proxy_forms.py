"""Forms to connect a back office, set its permissions, and choose the Leader."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.accounts import fresh_login
from authorization.insight import divergence
from authorization.people.request import now, viewer
from chargers.acts import upstreams
from chargers.acts.upstreams import Connection
from chargers.commands import sending
from chargers.models import BackOffice, Charger, Upstream
from chargers.pages.frame import Frame
from chargers.pages.proxy import DISAGREED_SINCE, get_managed_frame, row_of
from chargers.upstreams import addresses, backends, roles
from chargers.upstreams.addresses import AddressError
from chargers.upstreams.roles import CONNECTION_KEYS, UpstreamRole

_SCOPES = {"charger": "This charger", "property": "Every charger of the property", "host": "Every charger of the host"}
_MAX_PEM = 20_000
_SECRETS: Final = ("password", "key")


class UpstreamForm(forms.Form):
    """A back office: its role first, then its address, then its credentials."""

    role = forms.ChoiceField(choices=Upstream.Role.choices)
    name = forms.CharField(max_length=100)
    url = forms.CharField(max_length=500)
    identity = forms.CharField(max_length=48, required=False)
    username = forms.CharField(max_length=200, required=False)
    password = forms.CharField(max_length=200, required=False, widget=forms.PasswordInput, strip=False)
    subprotocol = forms.ChoiceField(
        choices=[("", "As the charger"), *((f"ocpp{v}", f"OCPP {v} only") for v in ("1.6", "2.0.1", "2.1"))],
        required=False,
    )
    certificate = forms.CharField(max_length=_MAX_PEM, required=False, widget=forms.Textarea)
    key = forms.CharField(max_length=_MAX_PEM, required=False, widget=forms.Textarea)
    authority = forms.CharField(max_length=_MAX_PEM, required=False, widget=forms.Textarea)
    scope = forms.ChoiceField(choices=list(_SCOPES.items()))

    def clean_name(self) -> str:
        return _clean_text(addresses.name, self.cleaned_data["name"])

    def clean_url(self) -> str:
        return _clean_text(addresses.url, self.cleaned_data["url"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data
        if bool(values.get("certificate")) != bool(values.get("key")):
            self.add_error("key", addresses.NO_PAIR)
        return values

    def connection(self) -> Connection:
        return Connection(**{name: self.cleaned_data[name] for name in Connection.__slots__})


def _clean_text(read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except AddressError as exc:
        raise forms.ValidationError(str(exc)) from exc


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proxy_connect(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Connects a back office: first its role, then an entry of the catalogue or an address."""
    frame = get_managed_frame(request, charger_id)
    offices = BackOffice.objects.filter(shown=True).order_by("name")
    office_key = request.GET.get("known", "")
    catalogue_entry = offices.filter(pk=office_key).first() if office_key.isdecimal() and len(office_key) < 10 else None
    initial = {"role": request.GET.get("role", ""), "scope": "charger"}
    if catalogue_entry:
        initial |= {
            "name": catalogue_entry.name,
            "url": catalogue_entry.url,
            "subprotocol": catalogue_entry.subprotocol,
        }
    initial |= fresh_login.take_draft(request)
    form = UpstreamForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if fresh_login.is_stale(request):
            return _log_in_first(request, form)
        if _connect_upstream(request, frame, form):
            return redirect("chargers:proxy", charger_id=charger_id)
    context = {
        "room": "chargers",
        "tab": "proxy",
        "frame": frame,
        "form": form,
        "known": offices,
        "chosen": catalogue_entry,
        "role": form["role"].value() or "",
        "roles": Upstream.Role.choices,
        "inherits": any(row.charger_id is None for row in backends.of_charger(frame.charger)),
    }
    return render(request, "chargers/proxy_connect.html", context)


class EditForm(UpstreamForm):
    """Edits a connected back office: empty secrets stay unchanged."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("role", "scope", "name"):
            del self.fields[name]


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proxy_edit(request: HttpRequest, charger_id: str, upstream_id: int) -> HttpResponse:
    """Changes the address, user name, password or certificate of a connected back office."""
    frame = get_managed_frame(request, charger_id)
    row = row_of(frame, upstream_id)
    initial = {name: getattr(row, name) for name in ("identity", "username", "subprotocol")}
    initial |= {"url": row.shown_url()} | fresh_login.take_draft(request)
    form = EditForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if fresh_login.is_stale(request):
            return _log_in_first(request, form)
        upstreams.edit(frame.charger, row, form.connection(), by=viewer(request), now=now())
        notes.success(request, f"Saved. The connection to {row.name} is made anew within seconds.")
        return redirect("chargers:proxy", charger_id=charger_id)
    context = {
        "room": "chargers",
        "tab": "proxy",
        "frame": frame,
        "row": row,
        "form": form,
        "others": backends.list_affected_chargers(row).exclude(pk=frame.charger.pk).count(),
    }
    return render(request, "chargers/proxy_edit.html", context)


def _log_in_first(request: HttpRequest, form: UpstreamForm) -> HttpResponse:
    """Requires a fresh login, so that a stolen session cannot send a charger elsewhere. Secrets must be typed again,
    because a session must not store them.

    Some back offices need their key in the address, after a question mark: that is a secret, too.
    """
    secrets = [*_SECRETS, "url"] if "?" in form.cleaned_data["url"] else list(_SECRETS)
    return fresh_login.log_in_with_draft(request, secrets=secrets, next_step="fill in what is missing and save")


def _connect_upstream(request: HttpRequest, frame: Frame, form: UpstreamForm) -> bool:
    """Saves the back office; False if it added an error to the form."""
    entered = form.cleaned_data
    facts = {name: entered[name] for name in ("name", "role", "scope")}
    try:
        row = upstreams.connect(frame.charger, form.connection(), **facts, by=viewer(request), now=now())
    except IntegrityError:
        form.add_error("name", "A back office of this name is connected already.")
        return False
    except backends.RunningSessionError:
        sentence = "A car charges now: connect it as a Follower, and make it Leader when the session has ended."
        form.add_error("role", sentence)
        return False
    notes.success(request, f"{row.name} is set up. The charger's gateway connects to it within seconds.")
    return True


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proxy_allowed(request: HttpRequest, charger_id: str, upstream_id: int) -> HttpResponse:
    """Sets the commands that this back office may give, with a switch for each."""
    frame = get_managed_frame(request, charger_id)
    row, version = row_of(frame, upstream_id), sending.version_of(frame.charger)
    role = UpstreamRole(row.role)
    offered_commands = roles.switches(role=role, version=version)
    usually = roles.usual(role=role, version=version)
    allowed = usually if row.allowed is None else frozenset(row.allowed)
    if request.method == "POST":
        actions = (
            None if "usual" in request.POST else sorted(set(request.POST.getlist("allowed")) & set(offered_commands))
        )
        upstreams.allow(frame.charger, row, actions=actions, by=viewer(request), now=now())
        notes.success(request, f"Saved what {row.name} may ask for.")
        return redirect("chargers:proxy", charger_id=charger_id)
    switches = [
        {
            "name": name,
            "label": "Change settings of the connection" if name == CONNECTION_KEYS else name,
            "on": name in allowed,
            "usual": name in usually,
        }
        for name in offered_commands
    ]
    context = {
        "room": "chargers",
        "tab": "proxy",
        "frame": frame,
        "row": row,
        "version": version,
        "switches": switches,
        "is_leader": role is UpstreamRole.LEADER,
        "own": row.allowed is not None,
    }
    return render(request, "chargers/proxy_allowed.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proxy_leader(request: HttpRequest, charger_id: str, upstream_id: int) -> HttpResponse:
    """Makes this back office or (`by=us`) us the Leader. First shows whose cards would be refused."""
    frame = get_managed_frame(request, charger_id)
    row = row_of(frame, upstream_id)
    by_us = request.POST.get("by", request.GET.get("by", "")) == "us"
    if by_us and row.role != Upstream.Role.LEADER:
        raise Http404
    at, chargers = now(), backends.list_affected_chargers(row)
    if request.method == "POST":
        return _change_leader(request, frame, row, by_us=by_us)
    since = at - DISAGREED_SINCE
    context = {
        "room": "chargers",
        "tab": "proxy",
        "frame": frame,
        "row": row,
        "by_us": by_us,
        "cards": divergence.refused_by_us(frame.charger, since=since)
        if by_us
        else divergence.not_accepted(frame.charger, by=row.name, since=since, now=at),
        "running": list(backends.running(chargers).select_related("charger")[:20]),
        "others": Charger.objects.filter(pk__in=chargers.values("pk")).exclude(pk=frame.charger.pk).count(),
    }
    return render(request, "chargers/proxy_leader.html", context)


@fresh_login.after_log_in
def _change_leader(request: HttpRequest, frame: Frame, row: Upstream, *, by_us: bool) -> HttpResponse:
    """Changes the Leader after a fresh login, because the Leader decides about cards and bills."""
    try:
        upstreams.set_leader(
            frame.charger, row, by_us=by_us, forced="forced" in request.POST, by=viewer(request), now=now()
        )
    except backends.RunningSessionError:
        notes.warning(request, "A car charges now. Wait until it has ended, or tick that it may be split.")
        page = reverse("chargers:proxy-leader", args=[frame.charger.charger_id, row.pk])
        return redirect(f"{page}?by=us" if by_us else page)
    notes.success(request, f"★ {'We lead' if by_us else row.name + ' leads'} from now on.")
    return redirect("chargers:proxy", charger_id=frame.charger.charger_id)
