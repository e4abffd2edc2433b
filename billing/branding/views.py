"""Settings: one page for the company, its people and the user's own sign-in; and the look of guest pages."""

import base64
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from billing.branding import acts, brands, colours, domain_names, domains, logos
from billing.branding.colours import ColourError
from billing.branding.domains import DomainError
from billing.branding.logos import Logo
from billing.formatting.money import money
from chargers.lib.images import ImageError
from chargers.models import Charger, Host
from chargers.text import mail_html

_MAX_HOSTS: Final = 20
_EXAMPLE_MINOR: Final = 1240
_EXAMPLE_MAIL: Final = """Your session at the charger cost {amount}.

The document is attached. Why this amount, down to every reading of the meter:

{page}
"""


@dataclass(frozen=True, slots=True)
class Link:
    """One page of the settings, with what it is for."""

    title: str
    means: str
    url: str


_OF_HOST: Final = (
    ("Company", "Legal name, address and tax number on receipts", "portal:company", Right.SEE_MONEY, ""),
    ("Branding", "Logo, colour and own domain of guest pages and QR labels", "settings-branding", Right.MANAGE, ""),
    ("Members", "Who belongs here, roles, invitations", "people:people", Right.SEE, ""),
    ("Temporary access", "Installers, support and other outsiders", "people:people", Right.SEE, "#outsiders"),
    (
        "Join codes",
        "Codes for residents to post in the lobby, and who asks to join",
        "settings-join-codes",
        Right.MANAGE,
        "",
    ),
    (
        "Property systems",
        "Airbnb, Vrbo or your property system: bookings become stays by themselves",
        "settings-property-systems",
        Right.MANAGE,
        "",
    ),
    (
        "Messages to guests",
        "The link for guests of bookings, before they arrive, in your words",
        "settings-arrivals",
        Right.MANAGE,
        "",
    ),
    (
        "Refund offers",
        "What guests may take back by one tap where the records prove them right",
        "settings-refund-offers",
        Right.SEE_MONEY,
        "",
    ),
    ("Status page", "A public page that shows how your chargers are", "settings-status-page", Right.MANAGE, ""),
    ("API keys", "For systems that read or change your data", "settings-api-keys", Right.PEOPLE, ""),
    (
        "Support access",
        "Which personal data of your guests support may see, and what it opened",
        "settings-support-access",
        Right.PEOPLE,
        "",
    ),
    ("Sign-in", "Your own identity provider: Microsoft, Google, Okta and others", "settings-sign-in", Right.PEOPLE, ""),
    ("Webhooks", "What your systems are notified of", "billing:connections", Right.SEE_MONEY, ""),
    ("Bank accounts", "Where payouts go", "billing:bank-accounts", Right.SEE_MONEY, ""),
)


class BrandingForm(forms.Form):
    """The colour as text, so that an error can be explained; a logo as a file."""

    colour = forms.CharField(
        max_length=20,
        required=False,
        label="Colour",
        help_text="Of buttons and links, such as #0b5cad; empty: ours. A tint for the dark theme is derived from it.",
    )
    logo = forms.FileField(
        required=False,
        label="Logo",
        help_text="PNG, JPEG, WebP or GIF of at most 2 MB. It is shown 28 pixels high on white.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    removes_logo = forms.BooleanField(required=False, label="Remove the logo")
    previewed_logo = forms.CharField(required=False, max_length=1_000_000, widget=forms.HiddenInput)

    def clean_colour(self) -> str:
        entered_colour = self.cleaned_data["colour"].strip()
        try:
            return colours.read(entered_colour) if entered_colour else ""
        except ColourError as exc:
            raise forms.ValidationError(str(exc)) from exc

    def clean_logo(self) -> Logo | None:
        uploaded = self.cleaned_data["logo"]
        return _logo(uploaded.read(logos.LIMITS.most_bytes + 1)) if uploaded else None

    def clean_previewed_logo(self) -> Logo | None:
        """Reads the logo of a preview anew: it came back from the browser."""
        text = self.cleaned_data["previewed_logo"]
        try:
            return _logo(base64.b64decode(text, validate=True)) if text else None
        except ValueError as exc:
            raise forms.ValidationError("Choose the logo again.") from exc

    def chosen_logo(self) -> Logo | None:
        """Returns the chosen file, else the one of the preview."""
        fields = self.cleaned_data
        return None if fields["removes_logo"] and not fields["logo"] else fields["logo"] or fields["previewed_logo"]


def _logo(content: bytes) -> Logo:
    try:
        return logos.read(content)
    except ImageError as exc:
        raise forms.ValidationError(str(exc)) from exc


@login_required
@require_safe
def settings_page(request: HttpRequest) -> HttpResponse:
    """Shows the settings that the viewer may open, for each host; then the viewer's own."""
    user, query = viewer(request), read_query_param(request, "q")
    visible_hosts = people.hosts_with(user, Right.SEE).order_by("name")
    hosts = list((visible_hosts.filter(name__icontains=query) if query else visible_hosts)[: _MAX_HOSTS + 1])
    allowed = {right: set(people.hosts_with(user, right).values_list("pk", flat=True)) for right in _RIGHTS}
    context = {
        "room": "settings",
        "hosts": [(host, _links(host, allowed)) for host in hosts[:_MAX_HOSTS]],
        "has_more": len(hosts) > _MAX_HOSTS,
        "q": query,
    }
    return render(request, "billing/settings.html", context)


_RIGHTS: Final = frozenset(right for _, _, _, right, _ in _OF_HOST)


def _links(host: Host, allowed: dict[Right, set[int]]) -> list[Link]:
    return [
        Link(title, means, reverse(route, args=[host.slug]) + anchor)
        for title, means, route, right, anchor in _OF_HOST
        if host.pk in allowed[right]
    ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def branding_page(request: HttpRequest, host: str) -> HttpResponse:
    """Changes colour and logo; `preview` shows guests' pages in what was typed, and saves nothing."""
    user, owner = viewer(request), _get_managed_host(request, host)
    brand = brands.find(owner)
    form = BrandingForm(request.POST or None, request.FILES or None, initial={"colour": brand.colour if brand else ""})
    preview = None
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            _save(request, owner, form, user=user)
            return redirect("settings-branding", host=host)
        preview = _preview(owner, form)
    domain = domains.find(owner)
    context = {"room": "settings", "host": owner, "form": form, "brand": brand, "domain": domain, "preview": preview}
    context["our_name"] = urlsplit(settings.PUBLIC_BASE_URL).hostname
    if domain is not None:
        context |= {"domain_name": domain_names.readable(domain.name), "domain_address": domains.base_of(domain.name)}
    return render(request, "billing/branding.html", context)


@login_required
@require_POST
def domain_change(request: HttpRequest, host: str) -> HttpResponse:
    """Claims the typed domain, checks that it leads here (`check`), or gives it up (`remove`)."""
    user, owner = viewer(request), _get_managed_host(request, host)
    domain = domains.find(owner)
    try:
        if domain is not None and "remove" in request.POST:
            acts.remove_domain(domain, by=user, now=now())
            notes.success(request, "Links and labels begin at our own address again. Links sent before lead on to it.")
        elif domain is not None and "check" in request.POST:
            acts.confirm_domain(domain, by=user, now=now())
            notes.success(request, f"Guest pages answer at {domain_names.readable(domain.name)} from now on.")
        elif name := request.POST.get("name", "").strip():
            claimed = acts.claim_domain(owner, name, by=user, now=now())
            notes.success(request, f"{domain_names.readable(claimed.name)} is noted. Next, let it lead here.")
    except DomainError as exc:
        notes.error(request, str(exc))
    return redirect(f"{reverse('settings-branding', args=[host])}#domain")


@require_safe
def certificate_question(request: HttpRequest) -> HttpResponse:
    """Answers a proxy that asks whether it may get a certificate for a name (Caddy's `ask`): 200 or 404."""
    name = domain_names.of_header(read_query_param(request, "domain"))
    return HttpResponse(status=HTTPStatus.OK if name and domains.may_have_certificate(name) else HTTPStatus.NOT_FOUND)


def _get_managed_host(request: HttpRequest, slug: str) -> Host:
    owner = people.hosts_with(viewer(request), Right.MANAGE).filter(slug=slug).first()
    if owner is None:
        raise Http404
    return owner


def _preview(host: Host, form: BrandingForm) -> dict[str, Any]:
    """Returns what the preview shows: the host’s first charger, an example of a receipt, the typed or stored logo."""
    colour, logo = form.cleaned_data["colour"], form.chosen_logo()
    charger = Charger.objects.filter(property__host=host, retired_at=None).select_related("property").first()
    encoded = base64.b64encode(logo.png).decode() if logo else ""
    stored_logo = "" if form.cleaned_data["removes_logo"] else base64.b64encode(brands.png(host)).decode()
    picture = encoded or stored_logo
    return {
        "colour": colour,
        "contrasts": colours.contrasts(colour),
        "logo": f"data:image/png;base64,{picture}" if picture else "",
        "logo_kept": encoded,
        "property_name": charger.property.name if charger else host.name,
        "station": charger.station_id if charger else "SUN001",
        "total": money(_EXAMPLE_MINOR, host.currency),
        "shots": [("brand-light", "Guest page and receipt, light"), ("brand-dark", "Guest page and receipt, dark")],
    }


@login_required
@require_safe
def preview_colours(request: HttpRequest, host: str) -> HttpResponse:
    """Returns the style sheet of a preview."""
    _get_managed_host(request, host)
    return HttpResponse(colours.preview_sheet(_typed_colour(request)), content_type="text/css")


@login_required
@require_safe
@xframe_options_sameorigin
def preview_mail(request: HttpRequest, host: str) -> HttpResponse:
    """Returns an example of the mail with a receipt, for the frame of the preview: it carries its own styles."""
    owner = _get_managed_host(request, host)
    page = f"{domains.base_address(owner.pk)}/s/…/"
    text = _EXAMPLE_MAIL.format(amount=money(_EXAMPLE_MINOR, owner.currency), page=page)
    style = colours.mail_style(owner.name, _typed_colour(request))
    html = mail_html.of_text(text, title=f"Receipt 2026-000123, {owner.name}", style=style)
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return HttpResponse(html, headers={"Content-Security-Policy": policy})


def _typed_colour(request: HttpRequest) -> str:
    try:
        return colours.read(read_query_param(request, "colour")) if read_query_param(request, "colour") else ""
    except ColourError as exc:
        raise Http404 from exc


def _save(request: HttpRequest, host: Host, form: BrandingForm, *, user: User) -> None:
    logo = form.chosen_logo()
    removes = form.cleaned_data["removes_logo"] and logo is None
    if acts.change(host, colour=form.cleaned_data["colour"], logo=logo, removes_logo=removes, by=user, now=now()):
        notes.success(request, "Guest pages look like this from now on.")
    else:
        notes.info(request, "Nothing was changed.")
