"""People: members and outsiders of a host, guests of stays, and those who left an address for a receipt."""

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse

from authorization.models import Stay
from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from billing import access
from billing.search.conditions import every, whole
from billing.search.hits import OF_A_KIND, Hit
from billing.search.pasted import Pasted

_USER = ("user__email", "user__name")
_GUEST = ("guest_email", "guest_name", "reference")


def by_key(viewer: Viewer, ones: Sequence[Pasted]) -> Iterator[Hit]:
    """By the whole of an address or name; stays also by their reservation."""
    texts = sorted({text for one in ones for text in (one.text, one.whole, one.email) if text})
    if not texts:
        return
    yield from _members(viewer, lambda fields: whole(fields, texts), "Who has access.")
    yield from _stays(viewer, lambda fields: whole(fields, texts), "Who stays there.")
    emails = [one.email for one in ones if one.email]
    if emails:
        yield from _payers(viewer, emails)


def by_name(viewer: Viewer, wanted: Pasted) -> Iterator[Hit]:
    """By a part of a name or address."""
    yield from _members(viewer, lambda fields: every(fields, wanted.terms), "Found in the name or address.")
    yield from _stays(viewer, lambda fields: every(fields, wanted.terms), "Found in the name or address.")


def _members(viewer: Viewer, condition: Callable[[tuple[str, ...]], Q], why: str) -> Iterator[Hit]:
    changeable = set(people.hosts_with(viewer, Right.PEOPLE).values_list("pk", flat=True))
    rows = people.members(viewer).filter(condition(_USER)).select_related("user", "host").order_by("user__email", "pk")
    for one in rows[:OF_A_KIND]:
        page = reverse("people:people", args=[one.host.slug])
        if one.host_id in changeable:
            page = reverse("people:member", args=[one.host.slug, one.pk])
        title = f"{one.user}, {one.get_role_display().lower()} of {one.host}"
        yield Hit(kind="person", id=one.user.email, title=title, url=page, why=why)
    outsiders = (
        people.grants(viewer).filter(condition(_USER)).select_related("user", "host").order_by("user__email", "pk")
    )
    for grant in outsiders[:OF_A_KIND]:
        page = reverse("people:people", args=[grant.host.slug])
        title = f"{grant.user}, let in by {grant.host} until {grant.ends_at:%-d %B %Y}"
        yield Hit(kind="person", id=grant.user.email, title=title, url=f"{page}#outsiders", why=why)


def _stays(viewer: Viewer, condition: Callable[[tuple[str, ...]], Q], why: str) -> Iterator[Hit]:
    rows = people.stays(viewer).filter(condition(_GUEST)).select_related("property", "unit")
    for one in rows.order_by("-departs_at", "-pk")[:OF_A_KIND]:
        yield Hit(
            kind="person",
            id=one.guest_email or one.reference or str(one.pk),
            title=_of_stay(one),
            url=reverse("authorization:stay", args=[one.pk]),
            why=why,
        )


def _of_stay(one: Stay) -> str:
    who = one.guest_name or one.reference or "A guest"
    return f"{who} at {one.unit or one.property}, {one.arrives_at:%-d %B} to {one.departs_at:%-d %B %Y}"


def _payers(viewer: Viewer, emails: Sequence[str]) -> Iterator[Hit]:
    """Guests and drivers by the address that their receipts go to."""
    rows = access.sessions(viewer).filter(guest_email__in=emails).order_by().values_list("guest_email")
    for email, count in rows.annotate(count=Count("pk")).order_by("guest_email")[:OF_A_KIND]:
        yield Hit(
            kind="person",
            id=email,
            title=f"{email}: {count:,} session{'' if count == 1 else 's'}",
            url=f"{reverse('billing:sessions')}?{urlencode({'q': email})}",
            why="Who gave this address for the receipt.",
        )
