"""Rates: the list of who pays what where, and the editor with its live preview."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.models import MobilityProvider, TokenGroup
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.engine.checks import example, linting
from billing.engine.checks.example import Example
from billing.engine.checks.linting import Finding
from billing.engine.rate import calendar, tariff
from billing.engine.reports.report import PriceReport
from billing.engine.values.money import EXPONENTS
from billing.formatting import rate_words
from billing.formatting.money import price as price_text
from billing.formatting.rate_words import Component
from billing.models import Rate, RateAssignment, RateVersion
from billing.pricing.rates import catalogue, day_prices, rate_fields, rate_form, rate_preview, resolver, sites
from billing.pricing.rates.acts import rates as acts
from billing.pricing.rates.day_prices import DayStrip
from billing.pricing.rates.rate_form import RateForm
from billing.pricing.rates.rate_preview import Editor
from billing.pricing.rates.resolver import Candidate
from chargers.models import Host, Property
from chargers.properties import first_defaults

TYPICAL: Final = Example(late=timedelta(0))
"""The list's example for each rate: 20 kWh on a Tuesday evening, and the car leaves when it is full."""
_MAX_NAMED: Final = 100
_MAX_CHANGES: Final = 8


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate in the list, as texts; `next` is the planned version after the one shown."""

    rate: Rate
    zone: str
    version: RateVersion | None
    next: RateVersion | None
    findings: tuple[Finding, ...]
    days: tuple[DayStrip, ...] = ()
    example: PriceReport | None = None

    @property
    def components(self) -> tuple[Component, ...]:
        return rate_words.describe(self.version.definition, currency=self.rate.currency) if self.version else ()


@login_required
@require_safe
def rate_list(request: HttpRequest) -> HttpResponse:
    """Lists every rate, and which one each audience pays at each property, with the reason."""
    user = viewer(request)
    visible = list(
        access.rates(user)
        .select_related("host")
        .prefetch_related("versions")
        .annotate(is_assigned=Exists(RateAssignment.objects.filter(rate=OuterRef("pk"))))
        .order_by("host__name", "name")
    )
    hosts = {rate.host_id for rate in visible}
    places = list(people.properties(user).select_related("host").order_by("name"))
    zones = sites.time_zones(visible)
    resolved = resolver.at_properties([property_ for property_ in places if property_.host_id in hosts], at=now())
    context = {
        "room": "rates",
        "rows": [_row(rate, zones[rate.pk]) for rate in visible],
        "resolved": resolved,
        "has_conflict": any(property_rate.conflict for property_rate in resolved),
        "may_add": people.may_somewhere(user, Right.MANAGE),
        "has_hosts": len(hosts) > 1,
        "typical": TYPICAL,
    }
    return render(request, "billing/rates.html", context)


def _row(rate: Rate, zone: str) -> RateRow:
    """Returns a row with the linter's findings on the rate by itself; its page also checks each property."""
    version, planned = _now_and_next(list(rate.versions.all()), at=now())
    if version is None:
        return RateRow(rate, zone, version, planned, ())
    parsed = tariff.parse_rate(version.definition, currency=rate.currency)
    findings = linting.findings(parsed, places=(sites.build_for_host(rate.host),))
    lonely = () if rate.is_assigned else (linting.UNASSIGNED,)  # type: ignore[attr-defined]
    clock = ZoneInfo(zone)
    today = now().astimezone(clock).date()
    return RateRow(
        rate=rate,
        zone=zone,
        version=version,
        next=planned,
        findings=(*lonely, *findings),
        days=tuple(
            day_prices.build_strips(parsed, today=today, text=lambda amount: price_text(str(amount), rate.currency))
        ),
        example=example.price_of(TYPICAL, rate=parsed, zone=clock, today=today),
    )


def _now_and_next(versions: list[RateVersion], *, at: datetime) -> tuple[RateVersion | None, RateVersion | None]:
    """Returns the version in force, or else the newest, and the next planned one."""
    valid = [version for version in versions if version.withdrawn_at is None]
    begun_versions = [version for version in valid if version.begins_at <= at]
    current = max(begun_versions, key=lambda version: (version.begins_at, version.number), default=None)
    ahead = min(
        (rate_version for rate_version in valid if rate_version.begins_at > at),
        key=lambda version: (version.begins_at, version.number),
        default=None,
    )
    return current or ahead, ahead if current else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rate_add(request: HttpRequest) -> HttpResponse:
    """Adds a rate to a host that this person manages."""
    user = viewer(request)
    hosts = people.managed_hosts(user)
    if not hosts:
        raise Http404
    slug = request.POST.get("host") or request.GET.get("host")
    host = next((host for host in hosts if host.slug == slug), hosts[0])
    return _edit(
        request, Editor(host, None, None, like=_find_duplicated_version(request, host)), extra={"hosts": hosts}
    )


def _find_duplicated_version(request: HttpRequest, host: Host) -> RateVersion | None:
    """Returns the newest version of the duplicated rate (`like`)."""
    rate_id = request.GET.get("like", "")
    rates = (
        access.rates(viewer(request)).filter(host=host, pk=int(rate_id))
        if rate_id.isdecimal() and len(rate_id) < 18
        else None
    )
    rate = rates.first() if rates is not None else None
    return catalogue.newest(rate) if rate else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rate_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one rate: its editor, where it is paid, and its versions."""
    user = viewer(request)
    rate = get_object_or_404(access.rates(user).select_related("host"), pk=pk)
    assignments = rate.assignments.select_related("property", "charger", "group", "msp")
    versions = list(rate.versions.order_by("-number")[:50])
    places = Property.objects.filter(host=rate.host).prefetch_related("chargers").order_by("name")
    at = now()
    in_force = catalogue.in_force(rate, at=at)
    extra = {
        "assignments": [
            Candidate(row, RateVersion(rate=rate)) for row in assignments.order_by("property__name", "audience", "pk")
        ],
        "versions": [
            (
                version,
                _describe_status(version, in_force=in_force, at=at),
                rate_words.describe(version.definition, currency=rate.currency),
            )
            for version in versions
        ],
        "in_force": in_force,
        "places": places,
        "audiences": _audiences(rate),
        "now": at,
    }
    return _edit(request, Editor(rate.host, rate, versions[0] if versions else None), extra=extra)


def _describe_status(version: RateVersion, *, in_force: RateVersion | None, at: datetime) -> str:
    if version.withdrawn_at:
        return "withdrawn"
    if version.begins_at > at:
        return "planned"
    return "in force" if version == in_force else "past"


def _audiences(rate: Rate) -> list[tuple[str, str]]:
    """Returns the possible audiences: whole ones, the host's card groups, roaming partners."""
    audience_options: list[tuple[str, str]] = []
    for value, label in RateAssignment.Audience.choices:
        audience_options.append((value, label))
        if value == RateAssignment.Audience.MEMBER:
            groups = TokenGroup.objects.filter(host=rate.host).order_by("name").values_list("slug", "name")
            audience_options += [(f"{value}:{slug}", f"Members of {name}") for slug, name in groups[:_MAX_NAMED]]
        if value == RateAssignment.Audience.ROAMING:
            msps = MobilityProvider.objects.order_by("name")[:_MAX_NAMED]
            audience_options += [
                (f"{value}:{msp.country_code}-{msp.party_id}", f"Drivers of {msp.name}") for msp in msps
            ]
    return audience_options


@login_required
@require_POST
def rate_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraws a planned version."""
    rate = get_object_or_404(access.rates(viewer(request)).select_related("host"), pk=pk)
    if not people.may_manage(viewer(request), rate.host):
        raise Http404
    number = request.POST.get("version", "")
    version = (
        rate.versions.select_related("rate__host").filter(number=int(number)).first()
        if number.isdecimal() and len(number) < 9
        else None
    )
    if version is not None and acts.withdraw(version, by=viewer(request), now=now()):
        notes.success(request, f"Version {number} will not begin.")
    else:
        notes.info(request, "Nothing was changed: only a version that has not begun can be withdrawn.")
    return redirect("billing:rate", pk=pk)


def _edit(request: HttpRequest, editor: Editor, *, extra: dict[str, Any]) -> HttpResponse:
    may_change = people.may_manage(viewer(request), editor.host)
    form = _form(request, editor)
    if request.method == "POST":
        if not may_change:
            raise Http404
        answer = _act(request, editor, form)
        if answer is not None:
            return answer
    context = (
        extra
        | {
            "room": "rates",
            "rate": editor.rate,
            "host": editor.host,
            "newest": editor.newest,
            "fields": rate_fields.build(form, with_empty_row=may_change, groups=_groups(editor.host)),
            "has_errors": bool(form.errors),
            "has_marked": any(form.errors),
            "advanced_open": any(form.values.get(name) or form.errors.get(name) for name in rate_fields.ADVANCED),
            "processing_open": any(form.values.get(name) or form.errors.get(name) for name in rate_fields.PROCESSING),
            "beginning": form.values.get("valid_from", ""),
            "beginning_errors": form.errors.get("valid_from", []),
            "tax_mode": form.values.get("tax.mode") or "exclusive",
            "tax_of": form.values.get("tax.of", ""),
            "currency": editor.currency_of(form),
            "currencies": sorted(EXPONENTS),
            "may_change": may_change,
        }
        | rate_preview.build(request, editor, form)
    )
    part = "#preview" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"billing/rate.html{part}", context)


def _groups(host: Host) -> dict[str, str]:
    return dict(TokenGroup.objects.filter(host=host).order_by("name").values_list("slug", "name"))


def _form(request: HttpRequest, editor: Editor) -> RateForm:
    if request.method == "POST":
        form = rate_form.read_post(request.POST)
        form.check(currency=editor.currency_of(form))
        return form
    version = editor.newest or editor.like
    form = rate_form.read_definition(version.definition if version else _blank(editor.host))
    copied = f"Copy of {editor.like.rate.name}"[:100] if editor.like else ""
    form.values |= {"name": editor.rate.name if editor.rate else copied, "currency": editor.currency}
    return form


def _blank(host: Host) -> dict[str, Any]:
    """Returns a new rate's definition: prices as usual in the host's country, with the tax of each property."""
    mode = "inclusive" if first_defaults.is_tax_included(host.country) else "exclusive"
    energy, idle = [{"name": "all day", "price": ""}], {"grace_min": 10}
    return {"energy": energy, "idle": idle, "tax": {"mode": mode, "of": "property"}}


def _act(request: HttpRequest, editor: Editor, form: RateForm) -> HttpResponse | None:
    """Saves if that was requested and possible; None: show the page again."""
    if request.POST.get("do") != "save" or request.htmx:  # type: ignore[attr-defined]
        return None
    if not form.values["name"]:
        form.complain("name", "Give the rate a name that people recognise.")
    if len(form.values["name"]) > 100:
        form.complain("name", "The name is too long: use at most 100 characters.")
    read = _parse_opened_version(request, editor)
    if editor.rate and editor.newest and read != (editor.newest.number, editor.rate.name):
        _show_change(editor, form, read=read)
    _read_beginning(request, editor, form)
    if editor.rate and not form.errors:
        places = sites.collect(editor.rate)
        if refusal := sites.refusal(form.definition, currency=editor.currency, places=places):
            form.complain("", refusal)
    if not form.errors and request.POST.get("meant") != "yes":
        for finding in rate_preview.find_typos(editor, form):
            form.complain("", f"{finding.what} {finding.why} {finding.remedy}")
    if form.errors:
        return None
    try:
        rate = _save(request, editor, form)
    except catalogue.ChangedMeanwhileError:
        _show_change(editor, form, read=read)
    except catalogue.NameTakenError as exc:
        form.complain("name", str(exc))
    else:
        return redirect("billing:rate", pk=rate.pk)
    return None


def _parse_opened_version(request: HttpRequest, editor: Editor) -> tuple[int, str]:
    """Returns the version and the name that the form was opened with; older pages do not send the name."""
    number = request.POST.get("based_on", "")
    rate_name = editor.rate.name if editor.rate else ""
    return int(number) if number.isdecimal() and len(number) < 9 else 0, request.POST.get("based_on_name", rate_name)


def _show_change(editor: Editor, form: RateForm, *, read: tuple[int, str]) -> None:
    """Shows what another person saved. The input stays in the form, and saving it again is then deliberate."""
    assert editor.rate is not None
    editor.rate.refresh_from_db(fields=["name"])
    number, name = read
    versions = editor.rate.versions.order_by("-number")
    before, newest = versions.filter(number=number).first(), versions.first()
    editor.newest = newest
    differences = rate_fields.differences(before.definition if before else {}, newest.definition if newest else {})
    if editor.rate.name != name:
        differences = [f"Name: “{editor.rate.name}” instead of “{name}”", *differences]
    change_text = (
        f" ({'; '.join(differences[:_MAX_CHANGES])}{'; and more' if len(differences) > _MAX_CHANGES else ''})"
        if differences
        else ""
    )
    saved = f"Version {newest.number} was saved meanwhile" if newest and newest.number != number else "It was renamed"
    form.complain("", f"{saved}{change_text}. What you typed is still here: compare, then save again to replace it.")


def _read_beginning(request: HttpRequest, editor: Editor, form: RateForm) -> None:
    """Reads when the version begins, which may be later, in the property's time zone."""
    entered_begin = form.values.get("valid_from", "")
    if not entered_begin or editor.rate is None:
        return
    try:
        form.valid_from = datetime.fromisoformat(entered_begin).replace(tzinfo=editor.zone)
    except ValueError:
        form.complain("valid_from", "Write a date and a time such as 2026-06-01 00:00.")
        return
    if not calendar.exists(form.valid_from):
        text = f"That time does not exist in {editor.zone.key}: the clocks are put forward over it. Choose another."
        form.complain("valid_from", text)
        return
    if form.valid_from <= now():
        form.complain("valid_from", "That time is past: choose one to come, or leave it empty for now.")


def _save(request: HttpRequest, editor: Editor, form: RateForm) -> Rate:
    name = form.values["name"]
    try:
        rate_version = _save_rate(request, editor, form)
    except acts.UnchangedError as exc:
        notes.info(request, f"Nothing was changed: {exc}")
        assert editor.rate is not None
        return editor.rate
    begins = (
        f"begins on {rate_version.valid_from:%Y-%m-%d %H:%M}"
        if rate_version.valid_from
        else "is in force for new sessions"
    )
    notes.success(request, f"“{name}”, version {rate_version.number}, {begins}.")
    return rate_version.rate


def _save_rate(request: HttpRequest, editor: Editor, form: RateForm) -> RateVersion:
    name, user, at = form.values["name"], viewer(request), now()
    if editor.rate is None:
        currency = editor.currency_of(form)
        return acts.add(editor.host, name=name, currency=currency, definition=form.definition, by=user, now=at)
    draft = acts.Draft(
        name=name,
        definition=form.definition,
        valid_from=form.valid_from,
        as_read=_parse_opened_version(request, editor),
    )
    return acts.save(editor.rate, editor.newest, draft, by=user, now=at)
