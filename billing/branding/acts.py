"""Changes the look of a host's guest pages and labels, and the domain at which they answer."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.branding import brands, domains
from billing.branding.logos import Logo
from billing.models import GuestDomain
from chargers.models import Host


def change(host: Host, *, colour: str, logo: Logo | None, removes_logo: bool, by: User | ApiKey, now: datetime) -> bool:
    """Stores the colour (empty: ours) and the logo (None: unchanged).

    False if nothing differs. Raises NotAllowedError.
    """
    access.require(by, Right.MANAGE, host)
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)
        brand = brands.find(Host.objects.get(pk=host.pk))
        before = {"colour": brand.colour, "logo": brand.logo_hash} if brand else {"colour": "", "logo": ""}
        logo_hash = "" if removes_logo else before["logo"]
        after = {"colour": colour, "logo": logo.hash if logo else logo_hash}
        if after == before:
            return False
        brands.set_colour(host, colour, now=now)
        if after["logo"] != before["logo"]:
            brands.set_logo(host, logo, now=now)
        subject = audit.Subject("host", host.pk, host.name, host)
        audit.write("host.branding_changed", subject, user=by, now=now, before=before, after=after)
    return True


def claim_domain(host: Host, name: str, *, by: User | ApiKey, now: datetime) -> GuestDomain:
    """Stores the domain that the host wants for its guest pages. Raises NotAllowedError and DomainError."""
    access.require(by, Right.MANAGE, host)
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)  # one claim of a host at a time
        before = domains.find(host)
        if before is not None and before.name == name.strip().lower().rstrip("."):
            return before
        guest_domain = domains.claim(host, name, now=now)
        _note_domain(host, "claimed", before=before.name if before else "", after=guest_domain.name, by=by, now=now)
    return guest_domain


def confirm_domain(domain: GuestDomain, *, by: User | ApiKey, now: datetime) -> bool:
    """Lets guest pages answer at the domain, once it is seen to lead here; asks it before the transaction.

    False if that is so already. Raises NotAllowedError and DomainError.
    """
    access.require(by, Right.MANAGE, domain.host)
    domains.check(domain)
    with transaction.atomic():
        is_new = domains.confirm(domain, now=now)
        if is_new:
            _note_domain(domain.host, "confirmed", before="", after=domain.name, by=by, now=now)
    return is_new


def remove_domain(domain: GuestDomain, *, by: User | ApiKey, now: datetime) -> None:
    """Lets links begin at our own address again. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, domain.host)
    with transaction.atomic():
        domains.give_up(domain, now=now)
        _note_domain(domain.host, "removed", before=domain.name, after="", by=by, now=now)


def _note_domain(host: Host, event: str, *, before: str, after: str, by: User | ApiKey, now: datetime) -> None:
    subject = audit.Subject("host", host.pk, host.name, host)
    verb = f"host.guest_domain_{event}"
    audit.write(verb, subject, user=by, now=now, before={"domain": before}, after={"domain": after})
