"""Changes the look of a host's guest pages and labels."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.branding import brands
from billing.branding.logos import Logo
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
