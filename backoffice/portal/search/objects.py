"""Searches for objects with a name or key: chargers, tokens, properties, units, rates, providers, groups, plans."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from authorization.identifiers import uids
from authorization.models import MobilityProvider, Token, TokenGroup
from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from backoffice.portal.search import typos
from backoffice.portal.search.conditions import every, match_whole_text
from backoffice.portal.search.hits import OF_A_KIND, Hit
from billing import access
from billing.formatting.pasted_values import PastedValue
from billing.models import Plan, Rate
from chargers.models import Charger, HardwareSwap, Property, StateSpan, Unit

_SHORTEST_REPORT: Final = 3
_LATELY: Final = timedelta(days=30)
_MAX_NAMES: Final = 5000
_NEARLY: Final = "Its name is nearly so."
_PROVIDER: Final = re.compile(r"^([A-Z]{2})[-*]?([A-Z0-9]{3})$", re.IGNORECASE)


def by_key(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds them by a whole name or key, ignoring case; tokens in any notation of their UID."""
    texts = sorted({text for pasted in ones for text in (pasted.text, pasted.whole) if text})
    if texts or any(pasted.uid for pasted in ones):
        replaced = HardwareSwap.objects.filter(match_whole_text(("former_id",), texts)).values("charger")
        is_named = match_whole_text(("charger_id", "station_id"), texts) | Q(pk__in=replaced)
        yield from _chargers(people.chargers(viewer).filter(is_named), "Its name.")
        yield from _tokens(viewer, ones, texts)
        yield from _search_names(viewer, lambda fields: match_whole_text(fields, texts), "Its name.")
        yield from _providers(texts)


def by_name(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds them by parts of names: each word must be in one."""
    terms = pasted.terms
    yield from _search_names(viewer, lambda fields: every(fields, terms), "Found in its name or address.", is_wide=True)
    chargers = people.chargers(viewer).filter(every(("charger_id", "station_id", "property__name"), terms))
    yield from _chargers(chargers, "Found in its name.")
    tokens = people.tokens(viewer).filter(every(("uid", "visual_number"), terms))
    yield from (_token_hit(token, "Found in its number.") for token in _first(tokens.select_related("host", "msp")))
    providers = MobilityProvider.objects.filter(every(("name",), terms)).order_by("name")
    yield from (_provider_hit(provider, "Found in its name.") for provider in _first(providers))


def by_report(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds chargers by what they report: a recent error code, a firmware version, a serial number, a model."""
    texts = sorted({text for pasted in ones for text in (pasted.text, pasted.whole) if len(text) >= _SHORTEST_REPORT})
    if not texts:
        return
    chargers = people.chargers(viewer).filter(retired_at=None)
    now_faulted = match_whole_text(
        ("error_code", "evses__connectors__error_code", "evses__connectors__vendor_error_code"), texts
    )
    faulty = chargers.filter(now_faulted).exclude(error_code="NoError").distinct()
    yield from _chargers(faulty, "It reports this error now.")
    since = timezone.now() - _LATELY
    spans = StateSpan.objects.filter(
        match_whole_text(("detail",), texts), state=StateSpan.State.FAULTED, since__gte=since
    )
    lately = spans.filter(charger__in=chargers).order_by().values("charger")
    yield from _chargers(chargers.filter(pk__in=lately), "It reported this error in the last 30 days.")
    yield from _chargers(chargers.filter(match_whole_text(("firmware_version",), texts)), "Its firmware.")
    yield from _chargers(
        chargers.filter(match_whole_text(("serial_number", "model"), texts)), "Its serial number or model."
    )


def by_beginning(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds chargers by the beginning of a firmware version, tokens by that of their number in any notation."""
    text = pasted.text
    if len(text) >= _SHORTEST_REPORT and any(character.isdigit() for character in text):
        chargers = people.chargers(viewer).filter(firmware_version__istartswith=text, retired_at=None)
        yield from _chargers(chargers, "Its firmware begins so.")
    if pasted.uid:
        tokens = people.tokens(viewer).filter(canonical_uid__startswith=pasted.uid).select_related("host", "msp")
        yield from (_token_hit(token, "Its number begins so.") for token in _first(tokens.order_by("canonical_uid")))


def by_typo(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds similar names, among the first thousands of names that the viewer sees."""
    query_words = [word for term in pasted.terms for word in typos.split_words(term)]
    if not any(len(word) >= typos.SHORTEST for word in query_words):
        return

    def near(rows: QuerySet[Any], *fields: str) -> QuerySet[Any]:
        names = rows.order_by("pk").values_list("pk", *fields)[:_MAX_NAMES]
        keys = [
            pk for pk, *texts in names if typos.are_near(query_words, typos.split_words(" ".join(filter(None, texts))))
        ]
        return rows.filter(pk__in=keys[:OF_A_KIND])

    chargers = near(people.chargers(viewer), "charger_id", "station_id", "property__name")
    yield from _unsure(_chargers(chargers, _NEARLY))
    places = near(people.properties(viewer), "name", "slug", "city").select_related("host").order_by("name", "pk")
    yield from _unsure(_property_hit(row, _NEARLY) for row in places)
    units = near(Unit.objects.filter(property__in=people.properties(viewer)), "name", "property__name")
    yield from _unsure(_unit_hit(unit, _NEARLY) for unit in units.select_related("property"))
    rates = near(access.rates(viewer), "name", "slug").select_related("host")
    yield from _unsure(_rate_hit(rate, _NEARLY) for rate in rates.order_by("name", "pk"))
    groups = near(people.groups(viewer), "name", "slug").select_related("host")
    yield from _unsure(_group_hit(group, _NEARLY) for group in groups.order_by("name", "pk"))
    plans = near(Plan.objects.filter(host__in=people.hosts_with(viewer, Right.SEE_MONEY)), "name", "slug")
    yield from _unsure(_plan_hit(plan, _NEARLY) for plan in plans.select_related("host"))
    yield from _unsure(_provider_hit(provider, _NEARLY) for provider in near(MobilityProvider.objects.all(), "name"))


def _unsure(hits: Iterable[Hit]) -> Iterator[Hit]:
    return (replace(hit, is_sure=False) for hit in hits)


def _search_names(
    viewer: Viewer, condition: Callable[[tuple[str, ...]], Q], why: str, *, is_wide: bool = False
) -> Iterator[Hit]:
    """Finds properties, units, rates, groups and plans; with `is_wide` also by their addresses and hosts."""
    name_fields = ("name", "slug")
    of_place = (*name_fields, "address", "city", "postal_code", "host__name") if is_wide else name_fields
    places = people.properties(viewer).filter(condition(of_place)).select_related("host")
    yield from (_property_hit(property_, why) for property_ in _first(places.order_by("name", "pk")))
    of_unit = (*name_fields, "property__name") if is_wide else name_fields
    units = Unit.objects.filter(condition(of_unit), property__in=people.properties(viewer))
    yield from (_unit_hit(unit, why) for unit in _first(units.select_related("property").order_by("name", "pk")))
    rates = access.rates(viewer).filter(condition(name_fields)).select_related("host").order_by("name", "pk")
    yield from (_rate_hit(rate, why) for rate in _first(rates))
    groups = people.groups(viewer).filter(condition(name_fields)).select_related("host").order_by("name", "pk")
    yield from (_group_hit(group, why) for group in _first(groups))
    sold_by = people.hosts_with(viewer, Right.SEE_MONEY)
    plans = Plan.objects.filter(condition(name_fields), host__in=sold_by).select_related("host")
    yield from (_plan_hit(plan, why) for plan in _first(plans.order_by("name", "pk")))


def _chargers(rows: QuerySet[Charger], why: str) -> Iterator[Hit]:
    for charger in _first(rows.select_related("property").order_by("charger_id")):
        yield Hit(
            kind="charger",
            id=charger.charger_id,
            title=f"Charger {charger.charger_id}, {charger.property}",
            url=reverse("chargers:overview", args=[charger.charger_id]),
            why=why,
        )


def _tokens(viewer: Viewer, ones: Sequence[PastedValue], texts: Iterable[str]) -> Iterator[Hit]:
    """Finds tokens, also with reversed bytes; an unknown card leads to the decisions about it."""
    pasted_uids = {pasted.uid for pasted in ones if pasted.uid}
    turned = {reversed_ for uid in pasted_uids if (reversed_ := uids.reversed_bytes(uid))}
    of_it = Q(canonical_uid__in=pasted_uids | turned) | match_whole_text(("visual_number",), texts)
    rows = list(_first(people.tokens(viewer).filter(of_it).select_related("host", "msp").order_by("-pk")))
    for token in sorted(rows, key=lambda row: row.canonical_uid in turned - pasted_uids):
        is_turned = token.canonical_uid in turned - pasted_uids
        yield _token_hit(token, "Its number with its bytes the other way round." if is_turned else "Its number.")
    missing = sorted(pasted_uids - {token.canonical_uid for token in rows})
    decided = (
        people.decisions(viewer).filter(canonical_uid__in=missing).order_by().values_list("canonical_uid").distinct()
    )
    for (uid,) in decided[:OF_A_KIND]:
        yield Hit(
            kind="page",
            id=uid,
            title=f"Decisions about the card {uid}, which is no token of yours",
            url=f"{reverse('authorization:decisions')}?{urlencode({'q': uid})}",
            why="Its number was presented.",
        )


def _providers(texts: Sequence[str]) -> Iterator[Hit]:
    """Finds providers by name, or by country and party: NL-EMS, NL*EMS, NLEMS."""
    of_it = match_whole_text(("name",), texts)
    for text in texts:
        if match := _PROVIDER.match(text):
            of_it |= Q(country_code=match[1].upper(), party_id=match[2].upper())
    yield from (
        _provider_hit(provider, "Its name.")
        for provider in _first(MobilityProvider.objects.filter(of_it).order_by("pk"))
    )


def _token_hit(token: Token, why: str) -> Hit:
    owner, printed = token.host or token.msp, f" ({token.visual_number})" if token.visual_number else ""
    return Hit(
        kind="token",
        id=token.canonical_uid,
        title=f"Token {token.uid}{printed} of {owner}",
        url=reverse("authorization:token", args=[token.pk]),
        why=why,
    )


def _property_hit(property_: Property, why: str) -> Hit:
    url = reverse("chargers:property", args=[property_.slug])
    return Hit(kind="property", id=property_.slug, title=f"Property {property_}, {property_.host}", url=url, why=why)


def _unit_hit(unit: Unit, why: str) -> Hit:
    url = reverse("chargers:property", args=[unit.property.slug])
    return Hit(
        kind="unit", id=unit.slug, title=f"{unit}, {unit.property}", url=url, why=f"{why} It is on its property's page."
    )


def _rate_hit(rate: Rate, why: str) -> Hit:
    url = reverse("billing:rate", args=[rate.pk])
    return Hit(kind="rate", id=rate.slug, title=f"Rate {rate}, {rate.host}", url=url, why=why)


def _group_hit(group: TokenGroup, why: str) -> Hit:
    url = f"{reverse('authorization:group', args=[group.slug])}?{urlencode({'host': group.host.slug})}"
    return Hit(kind="page", id=group.slug, title=f"Token group {group}, {group.host}", url=url, why=why)


def _plan_hit(plan: Plan, why: str) -> Hit:
    url = reverse("billing:plan", args=[plan.pk])
    return Hit(kind="page", id=plan.slug, title=f"Plan {plan}, {plan.host}", url=url, why=why)


def _provider_hit(provider: MobilityProvider, why: str) -> Hit:
    url = reverse("authorization:provider", args=[provider.key])
    return Hit(kind="mobility_provider", id=provider.key, title=f"Mobility provider {provider}", url=url, why=why)


def _first(rows: QuerySet[Any]) -> Any:
    return rows[:OF_A_KIND]
