"""The filters of the portal's list of chargers."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from chargers.fleet import alerts, condition
from chargers.listing import order, tags
from chargers.models import Charger, Property, Tag
from chargers.security import certificates


class ChargerFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Searches by any name of a charger; filters by property and state."""

    STATES: ClassVar = [
        *((state, order.TITLES[state]) for state in order.STATE_KINDS),
        ("attention", "Needs attention"),
        ("online", "Online"),
        ("offline", "Offline"),
        ("charging", "Charging now"),
        ("offline_long", "Offline for 15 minutes"),
        ("faulted", "Faulted"),
        ("licence_ends", "Licence ends within 30 days"),
        ("certificate_ends", "Certificate ends within 30 days"),
        ("used_twice", "Id used twice"),
    ]
    q = django_filters.CharFilter(
        method="search",
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "Station ID, charger id, property, model"}),
    )
    property = django_filters.ModelChoiceFilter(
        queryset=Property.objects.none(), empty_label="Every property", label="Property"
    )
    state = django_filters.ChoiceFilter(choices=STATES, method="in_state", empty_label="Every state", label="State")

    tag = django_filters.ChoiceFilter(
        field_name="tags__name", lookup_expr="iexact", empty_label="Every tag", label="Tag"
    )

    class Meta:
        model = Charger
        fields: ClassVar = ["q", "property", "state", "tag"]

    def __init__(self, *args: Any, properties: QuerySet[Property], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["property"].queryset = properties.order_by("name")
        self.tags = tags.names_on(self.queryset)
        self.filters["tag"].extra["choices"] = [(name, name) for name in self.tags]

    def matching(self) -> QuerySet[Charger]:
        """Returns each matching charger once, even after joins."""
        return Charger.objects.filter(pk__in=self.qs.order_by().values("pk"))

    def in_every_state(self) -> QuerySet[Charger]:
        """Returns the matches of all filters except the state; each charger once."""
        queryset, values = self.queryset.all(), self.form.cleaned_data if self.form.is_valid() else {}
        for name, value in values.items():
            if name != "state":
                queryset = self.filters[name].filter(queryset, value)
        return Charger.objects.filter(pk__in=queryset.order_by().values("pk"))

    def asked(self) -> dict[str, str]:
        """Returns the filters in the address, as text."""
        return {name: value for name in self.Meta.fields if (value := str(self.data.get(name, "")))}

    def search(self, queryset: QuerySet[Charger], _name: str, value: str) -> QuerySet[Charger]:
        for word in value.split():
            queryset = queryset.filter(
                Q(station_id__icontains=word)
                | Q(charger_id__icontains=word)
                | Q(name__icontains=word)
                | Q(property__name__icontains=word)
                | Q(unit__name__icontains=word)
                | Q(model__icontains=word)
                | Q(vendor__icontains=word)
                | Q(firmware_version__istartswith=word)
                | Q(pk__in=Tag.objects.filter(name__icontains=word).values("chargers"))
            )
        return queryset

    def in_state(self, queryset: QuerySet[Charger], _name: str, value: str) -> QuerySet[Charger]:
        match value:
            case state if state in order.STATE_KINDS:
                return order.in_state(queryset, state)
            case "online":
                return queryset.filter(connection_id__isnull=False)
            case "offline":
                return queryset.filter(connection_id=None)
            case "charging":
                return queryset.filter(transactions__stopped_at=None, transactions__id__isnull=False).distinct()
            case "offline_long":
                return queryset.filter(condition.offline_long(datetime.now(tz=UTC)))
            case "faulted":
                return queryset.filter(condition.build_fault_filter()).distinct()
            case "licence_ends":
                return queryset.filter(condition.licence_ends(datetime.now(tz=UTC)))
            case "certificate_ends":
                return queryset.filter(pk__in=certificates.list_expiring(datetime.now(tz=UTC)).values("charger"))
            case "used_twice":
                return queryset.filter(pk__in=alerts.fought_over(datetime.now(tz=UTC)).values("pk"))
            case "attention":
                faulted = Q(status="Faulted") | Q(evses__connectors__status__in=["Faulted", "Unavailable"])
                return queryset.filter(Q(connection_id=None) | faulted).distinct()
            case _:
                return queryset
