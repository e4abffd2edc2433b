"""The filters of the portal's list of sessions."""

import re
import uuid
from datetime import date, datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from authorization.identifiers import uids
from billing.models import Hold, Posting, RateAssignment, Receipt, Session
from billing.payments.books import figures
from billing.sessions.lifecycle import listing
from chargers.models import Property
from chargers.text import reporting_periods
from chargers.text.reporting_periods import ReportingPeriod

CUSTOMERS = "customers"
"""Value of `audience`: everyone who pays the host, so without home charging that employers reimburse."""
OURS, OWN = "collected", "own"
"""Values of `audience`: the platform collects the money, or the driver settles with the property."""
SETTLED, CHARGED = "settled", "charged"
"""Values of `by`: sessions settled in these days; sessions of which a receipt was issued in them."""
_ID = re.compile(r"(?=(?:-?[0-9a-fA-F]){8,32}$)[0-9a-fA-F]{8}-?[0-9a-fA-F-]*")
"""A session's id, or at least its first eight digits."""
_SHORTEST_TRANSACTION = 6
"""In characters: the short ids of OCPP 1.6, which we assign, would match amounts and cards, too."""
_DAY = forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d")
_EARLIEST, _LATEST = date(2000, 1, 1), date(2200, 1, 1)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_RECEIPT = re.compile(r"(.{1,20})-([0-9]{1,18})")


class SessionFilterForm(forms.Form):
    """Reports invalid values at their fields."""

    def clean(self) -> dict[str, Any]:
        form_data = self.cleaned_data
        since, until = form_data.get("since"), form_data.get("until")
        if since and until and since > until:
            self.add_error("until", f"The end is before the start, {since:%-d %B %Y}.")
        return form_data


class SessionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Searches by card, station, session id, receipt number, e-mail or the last four digits; filters by property, state
    and who paid.
    """

    q = django_filters.CharFilter(
        method="search",
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "Card, station ID, session, receipt, e-mail, last four digits"}),
    )
    property = django_filters.ModelChoiceFilter(
        queryset=Property.objects.none(), empty_label="Every property", label="Property"
    )
    state = django_filters.ChoiceFilter(choices=Session.State.choices, empty_label="Every state", label="State")
    audience = django_filters.ChoiceFilter(
        method="paid_by",
        choices=[
            *RateAssignment.Audience.choices,
            (CUSTOMERS, "All but reimbursement"),
            (OURS, "By card or partner"),
            (OWN, "Settled with the property"),
        ],
        empty_label="Everybody",
        label="Who paid",
    )
    currency = django_filters.CharFilter(method="in_currency", widget=forms.HiddenInput())
    since = django_filters.DateFilter(method="began_since", label="From", widget=_DAY)
    until = django_filters.DateFilter(method="began_until", label="To", widget=_DAY)
    settled = django_filters.ChoiceFilter(
        method="settled_within",
        choices=list(reporting_periods.TITLES.items()),
        widget=forms.HiddenInput(),
        label="Settled within a reporting period",
    )
    ended = django_filters.ChoiceFilter(
        method="ended_within",
        choices=list(reporting_periods.TITLES.items()),
        widget=forms.HiddenInput(),
        label="Ended within a reporting period",
    )

    charger = django_filters.CharFilter(field_name="charger__charger_id", widget=forms.HiddenInput())
    by = django_filters.ChoiceFilter(
        method="in_days",
        choices=[(SETTLED, "Settled"), (CHARGED, "Charged")],
        widget=forms.HiddenInput(),
        label="What happened in the days",
    )
    within = django_filters.ChoiceFilter(
        method="with_by",
        choices=list(reporting_periods.TITLES.items()),
        widget=forms.HiddenInput(),
        label="Days of a reporting period",
    )
    on = django_filters.DateFilter(method="with_by", label="On", widget=forms.HiddenInput())
    to = django_filters.DateFilter(method="with_by", label="To", widget=forms.HiddenInput())

    class Meta:
        model = Session
        form = SessionFilterForm
        fields: ClassVar = [
            "q", "property", "state", "audience", "currency", "since", "until", "settled", "ended", "charger", "by",
            "within", "on", "to",
        ]  # fmt: skip

    def __init__(self, *args: Any, properties: QuerySet[Property], zone: str, now: datetime, **kwargs: Any) -> None:
        """Interprets `settled` and `on` in days of `zone`; `since` and `until` in days of each session's property."""
        super().__init__(*args, **kwargs)
        self.zone, self._now = zone, now
        self.filters["property"].queryset = properties.order_by("name")

    def search(self, queryset: QuerySet[Session], _name: str, value: str) -> QuerySet[Session]:
        if _ADDRESS.fullmatch(value.strip()):  # only an e-mail address has this form, and the column is indexed
            return queryset.filter(guest_email__iexact=value.strip())
        card = Q(token__canonical_uid__in=uids.spellings(value)[:1])
        for spelling in uids.spellings(value):
            card |= Q(id_token__iexact=spelling)
        return queryset.filter(card | _every_word(value))

    def paid_by(self, queryset: QuerySet[Session], _name: str, value: str) -> QuerySet[Session]:
        if value == CUSTOMERS:
            return queryset.exclude(audience=RateAssignment.Audience.REIMBURSEMENT)
        if value in {OURS, OWN}:
            collector = Receipt.Collector.HOST if value == OWN else Receipt.Collector.PLATFORM
            of_it = Receipt.objects.filter(kind=Receipt.Kind.RECEIPT, collected_by=collector, session=OuterRef("pk"))
            return queryset.filter(Exists(of_it))
        return queryset.filter(audience=value)

    def began_since(self, queryset: QuerySet[Session], _name: str, value: date) -> QuerySet[Session]:
        return listing.began_within(queryset, first=max(value, _EARLIEST), last=None)

    def began_until(self, queryset: QuerySet[Session], _name: str, value: date) -> QuerySet[Session]:
        return listing.began_within(queryset, first=None, last=min(value, _LATEST))

    def settled_within(self, queryset: QuerySet[Session], _name: str, value: str) -> QuerySet[Session]:
        period = reporting_periods.period_of(value, zone=self.zone, now=self._now)
        return queryset.filter(settled_at__gte=period.begins_at, settled_at__lt=period.ends_at)

    def ended_within(self, queryset: QuerySet[Session], _name: str, value: str) -> QuerySet[Session]:
        return listing.ended_within(queryset, reporting_periods.period_of(value, zone=self.zone, now=self._now))

    def in_days(self, queryset: QuerySet[Session], _name: str, value: str) -> QuerySet[Session]:
        span = self.asked_days()
        if span is None:
            return queryset
        since, until = span
        if value == CHARGED:
            charges = figures.charges(Posting.objects.all(), since=since, until=until)
            if currency := self.form.cleaned_data["currency"]:
                charges = charges.filter(account__currency=currency)
            return queryset.filter(pk__in=charges.values("entry__session"))
        return queryset.filter(state=Session.State.SETTLED, settled_at__gte=since, settled_at__lt=until)

    def in_currency(self, queryset: QuerySet[Session], _name: str, value: str) -> QuerySet[Session]:
        """Narrows by the currency of the rate; what was charged is narrowed by that of the books, by `in_days`."""
        is_charged = self.form.cleaned_data["by"] == CHARGED
        return queryset if is_charged else queryset.filter(rate_version__rate__currency=value)

    def with_by(self, queryset: QuerySet[Session], _name: str, _value: object) -> QuerySet[Session]:
        """Leaves the sessions as they are: `in_days` reads these fields together."""
        return queryset

    def asked_days(self) -> tuple[datetime, datetime] | None:
        """Returns when the days asked for with `by` begin and end, in UTC; None without a day or reporting period."""
        form_data = self.form.cleaned_data
        code, first = form_data.get("within"), form_data.get("on")
        period = reporting_periods.period_of(code, zone=self.zone, now=self._now) if code else None
        if first is None:
            return (period.begins_at, period.ends_at) if period else None
        first = min(max(first, _EARLIEST), _LATEST)
        last = min(max(form_data.get("to") or first, first), _LATEST)
        return reporting_periods.day_bounds(first, last, zone=self.zone, bounding_period=period)

    def asked_period(self) -> ReportingPeriod | None:
        """Returns the chosen reporting period, or None."""
        code = self.form.cleaned_data.get("settled") if self.form.is_valid() else None
        return reporting_periods.period_of(code, zone=self.zone, now=self._now) if code else None


def _every_word(text: str) -> Q:
    """Returns the condition that every word is found in some field of the session."""
    condition = Q()
    for word in text.split():
        condition &= _word_condition(word)
    return condition


def _word_condition(word: str) -> Q:
    condition = (
        Q(id_token__icontains=word)
        | Q(token__visual_number__icontains=word)
        | Q(charger__station_id__icontains=word)
        | Q(charger__charger_id__icontains=word)
        | Q(guest_email__iexact=word)
        | with_number(word)
    )
    if len(word) >= _SHORTEST_TRANSACTION:
        condition |= Q(transaction__transaction_id=word)
    if len(word) == 4 and word.isascii() and word.isdigit():
        condition |= Q(Exists(Hold.objects.filter(session=OuterRef("pk"), last4=word)))
    return condition


def with_number(word: str) -> Q:
    """Returns the condition for sessions with this id or beginning of an id, or with a document of this number; no
    session for other texts.
    """
    condition = Q(pk__in=[])
    if _ID.fullmatch(word):
        digits = word.replace("-", "").lower()
        condition |= Q(pk__gte=uuid.UUID(digits.ljust(32, "0")), pk__lte=uuid.UUID(digits.ljust(32, "f")))
    if number := _RECEIPT.fullmatch(word):
        of_it = Receipt.objects.filter(session=OuterRef("pk"), series__iexact=number[1], number=int(number[2]))
        condition |= Q(Exists(of_it))
    return condition
