"""What a host chose, stored and read."""

from datetime import datetime

from billing.branding.logos import Logo
from billing.models import Branding
from chargers.models import Host


def find(host: Host) -> Branding | None:
    """At most one query for an instance of the host."""
    return getattr(host, "branding", None)


def png(host: Host) -> bytes:
    """The logo; empty for none."""
    logo = Branding.objects.filter(host=host).values_list("logo", flat=True).first()
    return bytes(logo or b"")


def set_colour(host: Host, colour: str, *, now: datetime) -> None:
    """Empty: our own."""
    Branding.objects.update_or_create(host=host, defaults={"colour": colour, "changed_at": now})


def set_logo(host: Host, logo: Logo | None, *, now: datetime) -> None:
    """None removes it."""
    fields = {
        "logo": logo.png if logo else b"",
        "logo_hash": logo.hash if logo else "",
        "logo_width": logo.width if logo else 0,
        "logo_height": logo.height if logo else 0,
        "changed_at": now,
    }
    Branding.objects.update_or_create(host=host, defaults=fields)
