"""Acts on hosts: add one, change the company on its receipts, change how much is held on guests' cards."""

from datetime import datetime
from itertools import chain, count
from typing import Any, Final

from django.db import transaction
from django.utils.text import slugify

from authorization import audit
from authorization.members.acts import people
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.members import NewInvitation
from authorization.people.roles import Right, Role
from billing.models import Hold, Posting
from billing.payouts.statements import seller_facts
from chargers.models import Host
from chargers.properties import first_defaults

COMPANY_FIELDS: Final = ("country", "legal_name", "legal_address", "tax_number")
_OUR_PAGES: Final = frozenset({"add"})
_MAX_SLUG: Final = 44


MOVED: Final = "The country and its currency cannot change any more: money has moved. Write to support."


class HostError(Exception):
    """The new host cannot be added; the message is a sentence."""


def add(name: str, *, country: str, currency: str, owner: str, by: User, now: datetime) -> tuple[Host, NewInvitation]:
    """Adds a host, and invites its first owner (an e-mail address).

    Support's act: raises NotAllowedError, HostError for a name that is taken, and PeopleError.
    """
    access.require_agent(by, Right.MANAGE)
    tidied = " ".join(name.split())
    if Host.objects.filter(name__iexact=tidied).exists():
        raise HostError(f"There is a host {tidied} already.")
    with transaction.atomic():
        host = Host.objects.create(slug=_free_slug(tidied), name=tidied, country=country, currency=currency)
        after = {"name": tidied, "country": country, "currency": currency}
        audit.write("host.added", audit.Subject("host", host.pk, host.name, host), user=by, now=now, after=after)
        invited = people.invite(host, email=owner, role=Role.OWNER, by=by, now=now)
    return host, invited


def change_company(host: Host, *, by: User | ApiKey, now: datetime) -> bool:
    """Stores the instance's company data. Returns False if nothing differs. The currency follows the country.

    Raises NotAllowedError, and HostError for another country after money has moved.
    """
    access.require(by, Right.HANDLE_MONEY, host)
    changed = (*COMPANY_FIELDS, "currency")
    with transaction.atomic():
        before = dict(Host.objects.select_for_update().filter(pk=host.pk).values(*changed).get())
        if host.country != before["country"]:
            if has_moved_money(host):
                raise HostError(MOVED)
            host.currency = first_defaults.currency(host.country) or host.currency
        host.save(update_fields=changed)
        after: dict[str, Any] = {name: getattr(host, name) for name in changed}
        if after == before:
            return False
        subject = audit.Subject("host", host.pk, host.name, host)
        audit.write("host.company_changed", subject, user=by, now=now, before=before, after=after)
    return True


def has_moved_money(host: Host) -> bool:
    """Whether anybody has paid here, or been asked to; after that, country and currency cannot change."""
    booked = Posting.objects.filter(account__host=host)
    return booked.exists() or Hold.objects.filter(session__host=host).exists()


def change_seller(host: Host, facts: dict[str, Any], *, by: User | ApiKey, now: datetime) -> bool:
    """Stores the host's data for the seller report. Returns False if unchanged. Raises NotAllowedError.

    The audit entry names the changed fields without their values, since taxpayer numbers are confidential.
    """
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        changed = seller_facts.store(host, **facts)
        if changed:
            subject = audit.Subject("host", host.pk, host.name, host)
            audit.write("host.seller_changed", subject, user=by, now=now, after={"changed": list(changed)})
    return bool(changed)


def _free_slug(name: str) -> str:
    base = slugify(name)[:_MAX_SLUG] or "host"
    used_slugs = set(Host.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | _OUR_PAGES
    numbered = (f"{base}-{number}" for number in count(2))
    return next(slug for slug in chain((base,), numbered) if slug not in used_slugs)
