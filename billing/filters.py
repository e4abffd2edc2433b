"""The filters of the portal's list of sessions."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.models import Hold, RateAssignment, Receipt, Session
from chargers.models import Property

CUSTOMERS = "customers"
"""Of `audience`: everybody who pays the host, so without what employers pay back to employees."""
OURS, OWN = "collected", "own"
"""Of `audience`: whose money the platform collects, and who settles with the property."""


class SessionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Search by card, station, e-mail or the last four digits; narrow by property, state and who paid."""

    q = django_filters.CharFilter(
        method="search",
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "Card, station ID, e-mail, last four digits"}),
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
    currency = django_filters.CharFilter(field_name="rate_version__rate__currency", widget=forms.HiddenInput())
    days = django_filters.NumberFilter(
        method="settled_within", min_value=1, max_value=3660, widget=forms.HiddenInput(), label="Settled within days"
    )

    class Meta:
        model = Session
        fields: ClassVar = ["q", "property", "state", "audience", "currency", "days"]

    def __init__(self, *args: Any, properties: QuerySet[Property], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["property"].queryset = properties.order_by("name")

    def search(self, queryset: QuerySet[Session], _name: str, value: str) -> QuerySet[Session]:
        for word in value.split():
            found = (
                Q(id_token__icontains=word)
                | Q(token__visual_number__icontains=word)
                | Q(charger__station_id__icontains=word)
                | Q(charger__charger_id__icontains=word)
                | Q(guest_email__iexact=word)
            )
            if len(word) == 4 and word.isascii() and word.isdigit():
                found |= Q(Exists(Hold.objects.filter(session=OuterRef("pk"), last4=word)))
            queryset = queryset.filter(found)
        return queryset

    def paid_by(self, queryset: QuerySet[Session], _name: str, value: str) -> QuerySet[Session]:
        if value == CUSTOMERS:
            return queryset.exclude(audience=RateAssignment.Audience.REIMBURSEMENT)
        if value in {OURS, OWN}:
            collector = Receipt.Collector.HOST if value == OWN else Receipt.Collector.PLATFORM
            of_it = Receipt.objects.filter(kind=Receipt.Kind.RECEIPT, collected_by=collector, session=OuterRef("pk"))
            return queryset.filter(Exists(of_it))
        return queryset.filter(audience=value)

    def settled_within(self, queryset: QuerySet[Session], _name: str, value: int) -> QuerySet[Session]:
        return queryset.filter(settled_at__gte=datetime.now(tz=UTC) - timedelta(days=int(value)))
