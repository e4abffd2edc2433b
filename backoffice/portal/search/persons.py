"""Searches for people: a host's members and outsiders, guests of stays, and people with an address for receipts."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from authorization.models import Stay
from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from backoffice.portal.search import numbers, typos
from backoffice.portal.search.conditions import every, match_whole_text
from backoffice.portal.search.hits import OF_A_KIND, Hit
from billing import access
from billing.formatting.pasted_values import PastedValue

_PART: Final = re.compile(r"[\w.+%-]*(?:@[\w.-]*)?", re.ASCII)
_SHORTEST_PART: Final = 4
_LATELY: Final = timedelta(days=400)
_MAX_NAMES: Final = 5000
_USER = ("user__email", "user__name")
_GUEST = ("guest_email", "guest_name", "reference")


def by_key(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds people by a whole address or name; stays also by their reservation."""
    texts = sorted({text for pasted in ones for text in (pasted.text, pasted.whole, pasted.email) if text})
    if not texts:
        return
    yield from _members(viewer, lambda fields: match_whole_text(fields, texts), "Who has access.")
    yield from _stays(viewer, lambda fields: match_whole_text(fields, texts), "Who stays there.")
    emails = [pasted.email for pasted in ones if pasted.email]
    if emails:
        yield from _payers(viewer, emails)


def by_name(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds people by part of a name or address."""
    yield from _members(viewer, lambda fields: every(fields, pasted.terms), "Found in the name or address.")
    yield from _stays(viewer, lambda fields: every(fields, pasted.terms), "Found in the name or address.")
    yield from _sessions_of_payers(viewer, pasted)


def _sessions_of_payers(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds sessions by part of the receipt's address.

    The address is not shown, because the user knows only a part of it.
    """
    part = pasted.text.casefold()
    if len(part) < _SHORTEST_PART or not _PART.fullmatch(part):
        return
    since = timezone.now() - _LATELY
    rows = (
        access.sessions(viewer)
        .filter(opened_at__gte=since, guest_email__contains=part)
        .select_related("property", "host")
    )
    yield from (
        numbers.of_session(session, "A part of the address for its receipt.")
        for session in rows.order_by("-pk")[:OF_A_KIND]
    )


def by_typo(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds members with a similar name or address."""
    query_words = [word for term in pasted.terms for word in typos.split_words(term)]
    names = people.members(viewer).order_by("pk").values_list("pk", "user__name", "user__email")[:_MAX_NAMES]
    keys = [pk for pk, *texts in names if typos.are_near(query_words, typos.split_words(" ".join(texts)))]
    if keys:
        hits = _members(viewer, lambda _fields: Q(pk__in=keys), "The name or address is nearly so.", outsiders=False)
        yield from (replace(hit, is_sure=False) for hit in hits)


def _members(
    viewer: Viewer, condition: Callable[[tuple[str, ...]], Q], why: str, *, outsiders: bool = True
) -> Iterator[Hit]:
    changeable = set(people.hosts_with(viewer, Right.PEOPLE).values_list("pk", flat=True))
    rows = people.members(viewer).filter(condition(_USER)).select_related("user", "host").order_by("user__email", "pk")
    for membership in rows[:OF_A_KIND]:
        page = reverse("people:people", args=[membership.host.slug])
        if membership.host_id in changeable:
            page = reverse("people:member", args=[membership.host.slug, membership.pk])
        title = f"{membership.user}, {membership.get_role_display().lower()} of {membership.host}"
        yield Hit(kind="person", id=membership.user.email, title=title, url=page, why=why)
    if not outsiders:
        return
    granted = (
        people.grants(viewer).filter(condition(_USER)).select_related("user", "host").order_by("user__email", "pk")
    )
    for grant in granted[:OF_A_KIND]:
        page = reverse("people:people", args=[grant.host.slug])
        title = f"{grant.user}, let in by {grant.host} until {grant.ends_at:%-d %B %Y}"
        yield Hit(kind="person", id=grant.user.email, title=title, url=f"{page}#outsiders", why=why)


def _stays(viewer: Viewer, condition: Callable[[tuple[str, ...]], Q], why: str) -> Iterator[Hit]:
    rows = people.stays(viewer).filter(condition(_GUEST)).select_related("property", "unit")
    for stay in rows.order_by("-departs_at", "-pk")[:OF_A_KIND]:
        yield Hit(
            kind="person",
            id=stay.guest_email or stay.reference or str(stay.pk),
            title=_describe_stay(stay),
            url=reverse("authorization:stay", args=[stay.pk]),
            why=why,
        )


def _describe_stay(stay: Stay) -> str:
    guest_label = stay.guest_name or stay.reference or "A guest"
    return f"{guest_label} at {stay.unit or stay.property}, {stay.arrives_at:%-d %B} to {stay.departs_at:%-d %B %Y}"


def _payers(viewer: Viewer, emails: Sequence[str]) -> Iterator[Hit]:
    """Finds guests and drivers by the address that their receipts are sent to."""
    rows = access.sessions(viewer).filter(guest_email__in=emails).order_by().values_list("guest_email")
    for email, count in rows.annotate(count=Count("pk")).order_by("guest_email")[:OF_A_KIND]:
        yield Hit(
            kind="person",
            id=email,
            title=f"{email}: {count:,} session{'' if count == 1 else 's'}",
            url=f"{reverse('billing:sessions')}?{urlencode({'q': email})}",
            why="Who gave this address for the receipt.",
        )
