"""A session's documents by its unguessable link: the receipt, its corrections, its credit notes; page, PDF, e-mail.

The link does not expire, since receipts are needed for years, also by tax offices. Actions with side effects, such as
stopping the session, are possible only while it runs.
"""

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorization.accounts import mail as mails
from authorization.people import rate_limit as counted
from billing import mail
from billing.formatting import rating_reasons, stored_sentences
from billing.guest import car
from billing.models import Hold, Rating, Receipt, Receivable, Refund, RefundPart, Session
from billing.sessions.documents import document_text, gross, paper, readings, receipts, tax_numbers
from billing.sessions.documents.receipts import Company, CorrectionError
from billing.sessions.documents.tax_numbers import TaxNumberError
from billing.sessions.lifecycle import acts, lifecycle
from billing.sessions.offers import offers
from billing.sessions.refunds import complaint_form
from billing.sessions.visitors import limits, sentences
from chargers.lib.form_fields import GuestForm
from chargers.properties import countries

_MAILS_AN_HOUR: Final = 20
_MAILS_A_DAY: Final = 6


class EmailForm(GuestForm):
    """The address for the documents."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class CompanyForm(GuestForm):
    """The company that the receipt is to be made out to."""

    name = forms.CharField(
        max_length=200, label=_("Company"), widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    address = forms.CharField(
        max_length=300,
        label=_("Address"),
        help_text=_("Street, number, postal code and city."),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    country = forms.ChoiceField(
        choices=[("", _("Choose a country")), *countries.choices()],
        label=_("Country"),
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    tax_number = forms.CharField(
        max_length=40,
        required=False,
        label=_("Tax number"),
        help_text=_("Such as the VAT number or the EIN."),
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocapitalize": "characters"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            data["read"] = tax_numbers.read(data.get("tax_number", ""), country=data.get("country", ""))
        except TaxNumberError as exc:
            self.add_error("tax_number", _sentence(exc))
        return data

    def company(self) -> Company:
        data = self.cleaned_data
        clean = {name: data[name].replace("\x00", "") for name in ("name", "address", "country")}
        return Company(**clean, tax_number=data["read"].text, is_checked=data["read"].is_checked)


def _sentence(error: TaxNumberError) -> str:
    """Returns why a tax number is invalid, in the guest's language, with localised country names."""
    return gettext(error.sentence) % {name: countries.NAMES[value] for name, value in error.values.items()}


@never_cache
@require_safe
def receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the current or provisional receipt; "Why this amount?" unfolds to the readings."""
    session = session_of(secret)
    issued_receipt = receipts.newest(session)
    if issued_receipt is None and session.state == Session.State.FAILED:
        return redirect("guest:session", secret=secret)
    return _page(request, session, issued_receipt)


@never_cache
@require_safe
def receipt_pdf(_request: HttpRequest, secret: str) -> HttpResponse:
    session = session_of(secret)
    return _pdf(session, receipts.newest(session))


@never_cache
@require_safe
def document(request: HttpRequest, secret: str, label: str) -> HttpResponse:
    """Shows a document by its number, even if it was replaced."""
    session = session_of(secret)
    return _page(request, session, _get_receipt(session, label))


@never_cache
@require_safe
def document_pdf(_request: HttpRequest, secret: str, label: str) -> HttpResponse:
    session = session_of(secret)
    return _pdf(session, _get_receipt(session, label))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest, secret: str) -> HttpResponse:
    """Stores an address: existing documents are sent now, later ones when they are issued.

    The form is on a page of its own, because the session's page reloads itself while it runs.
    """
    session = session_of(secret)
    if request.method != "POST":
        form = EmailForm(initial={"email": session.guest_email})
        return render(request, "guest/email.html", {"session": session, "form": form})
    return _leave_address(request, session)


def _leave_address(request: HttpRequest, session: Session) -> HttpResponse:
    form, secret = EmailForm(request.POST), session.secret
    back = redirect("guest:receipt" if receipts.newest(session) else "guest:session", secret=secret)
    if not form.is_valid():
        notes.error(request, " ".join(str(text) for text in form.errors.get("email", [])))
        return back
    often = limits.too_often(request, "letters", limit=_MAILS_AN_HOUR, within_s=3600)
    if often or counted.too_often("letters-of", subject=str(session.pk), limit=_MAILS_A_DAY, within_s=86400):
        return HttpResponse(gettext("Too many e-mails were asked for: try again tomorrow."), status=429)
    if session.state == Session.State.FAILED:
        notes.info(request, gettext("There is nothing to pay, so there is no receipt to send."))
        return back
    address = form.cleaned_data["email"]
    mailed_count = acts.leave_address(session, address=address, language=get_language() or "en", now=_now())
    if notice := mails.notice():
        notes.info(request, notice)
    elif mailed_count:
        notes.success(request, gettext("The receipt is on its way to %(address)s.") % {"address": address})
    else:
        text = gettext("The receipt goes to %(address)s as soon as it is final.")
        notes.success(request, text % {"address": address})
    return back


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def company(request: HttpRequest, secret: str) -> HttpResponse:
    """Makes the receipt out to a company, as a new document.

    The previous one remains, with a note that it was replaced.
    """
    session = session_of(secret)
    issued_receipt = receipts.newest(session)
    if issued_receipt is None:
        raise Http404
    current = issued_receipt.document.get("company")
    form = CompanyForm(request.POST or None, initial=current)
    if request.method == "POST" and form.is_valid():
        try:
            acts.correct(issued_receipt, form.company(), now=_now())
        except CorrectionError as exc:
            form.add_error(None, gettext(str(exc)))
        else:
            return redirect("guest:receipt", secret=secret)
    context = {"session": session, "receipt": issued_receipt, "form": form, "company": current}
    return render(request, "guest/company.html", context)


def session_of(secret: str) -> Session:
    """Returns the session of a link, with all that its pages show; 404 if there is none."""
    sessions = Session.objects.select_related(
        "charger__property__host", "property", "host", "transaction", "rate_version__rate", "token__msp"
    )
    session = sessions.filter(secret=secret).first()
    if session is None:
        raise Http404
    return session


def given_back(session: Session) -> QuerySet[Refund]:
    """Returns all refunds, made or pending, by payment method."""
    parts = RefundPart.objects.select_related("hold").order_by("id")
    refunds = Refund.objects.filter(receipt__session=session).exclude(state=Refund.State.DECLINED)
    return refunds.select_related("credit_note").prefetch_related(Prefetch("parts", parts)).order_by("id")


def note_language(session: Session) -> None:
    """Stores the language of a paying guest, for mails to them."""
    if session.guest_email:
        lifecycle.note_email(session.pk, email=session.guest_email, language=get_language() or "en")


def _page(request: HttpRequest, session: Session, issued_receipt: Receipt | None) -> HttpResponse:
    document, rating = _document(session, issued_receipt)
    owed = Receivable.objects.filter(session=session).order_by("-id").first()
    with timezone.override(ZoneInfo(session.property.time_zone)):
        lines, price_notes = readings.explain_lines(rating), rating_reasons.notes(document.get("report", {}))
        rendered = _document_context(document, owed=owed)
    context = rendered | {
        "notes": price_notes,
        "is_english": any(reason.is_english for reason in (*(line.why for line in lines), *price_notes)),
        "rate": sentences.of_rate(document),
        "session": session,
        "document": document,
        "rating": rating,
        "made": issued_receipt,
        "title": paper.title_of(document),
        "is_paid_by_card": document_text.is_paid_by_card(document),
        "lines": lines,
        "others": _other_receipts(session, issued_receipt),
        "replaced_by": _replacement(issued_receipt),
        "refunds": given_back(session),
        "owed": owed,
        "mail": issued_receipt.mails.order_by("-asked_at").first() if issued_receipt else None,
    }
    template = "guest/credit_note.html" if "credit_of" in document else "guest/receipt.html"
    if (
        issued_receipt is not None
        and issued_receipt.kind != Receipt.Kind.CREDIT_NOTE
        and context["replaced_by"] is None
    ):
        context |= complaint_form.context(session)
        with timezone.override(ZoneInfo(session.property.time_zone)):
            context |= _offer(session)
    return render(request, template, context | car.context(session))


def _offer(session: Session) -> dict[str, Any]:
    """Returns the refund offer, with its evidence in the guest's language and the active time zone."""
    offer = offers.open_of(session, now=_now())
    return {"offer": offer, "offer_evidence": stored_sentences.local(offer.sentences) if offer else ""}


def _document_context(document: dict[str, Any], *, owed: Receivable | None) -> dict[str, Any]:
    """Returns the parts of the page that are the same as in the PDF."""
    issuer = document_text.issuer(document["operator"])
    if "credit_of" in document:
        return {
            "issuer": issuer,
            "facts": [*document_text.company(document), document_text.site(document)],
            "rows": document_text.rows(gross.credit_items(document), currency=document["currency"]),
        }
    report = gross.report(document["report"])
    with_tax = document | {"report": report}
    return {
        "issuer": issuer,
        "facts": document_text.facts(document),
        "idle": document_text.idle_time(with_tax),
        "rows": document_text.rows(report["lines"], currency=report["currency"]),
        "taxes": document_text.taxes(report),
        "payment": document_text.payment(document, owed=owed),
    }


def _pdf(session: Session, issued_receipt: Receipt | None) -> HttpResponse:
    document, _rating = _document(session, issued_receipt)
    owed = Receivable.objects.filter(session=session).order_by("-id").first()
    content = paper.pdf(document, later_changes=mail.changes_since(issued_receipt) if issued_receipt else (), owed=owed)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{mail.file_name(document)}"'
    return response


def _document(session: Session, issued_receipt: Receipt | None) -> tuple[dict[str, Any], Rating]:
    """Returns the issued document, or a provisional one from the provisional rating."""
    if issued_receipt is not None:
        return issued_receipt.document, issued_receipt.rating
    rating = session.ratings.order_by("-id").first()
    if rating is None or session.state == Session.State.HELD:
        raise Http404
    paid_by = list(session.holds.exclude(state=Hold.State.FAILED).order_by("created_at"))
    return receipts.describe(session, rating=rating, paid_by=paid_by), rating


def _get_receipt(session: Session, label: str) -> Receipt:
    issued_receipt = next((row for row in session.receipts.select_related("rating") if row.label == label), None)
    if issued_receipt is None:
        raise Http404
    return issued_receipt


def _other_receipts(session: Session, issued_receipt: Receipt | None) -> list[Receipt]:
    return list(session.receipts.exclude(pk=issued_receipt.pk).order_by("id")) if issued_receipt else []


def _replacement(issued_receipt: Receipt | None) -> Receipt | None:
    return Receipt.objects.filter(replaces=issued_receipt).first() if issued_receipt else None


def _now() -> datetime:
    return datetime.now(tz=UTC)
