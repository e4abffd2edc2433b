"""A host's stored colour and logo."""

from datetime import datetime

from billing.branding import colours
from billing.branding.logos import Logo
from billing.models import Branding
from chargers.models import Host
from chargers.text.mail_html import MailStyle


def find(host: Host) -> Branding | None:
    """Returns the host's branding. At most one query for an instance of the host."""
    return getattr(host, "branding", None)


def png(host: Host) -> bytes:
    """Returns the logo; may be empty."""
    logo = Branding.objects.filter(host=host).values_list("logo", flat=True).first()
    return bytes(logo or b"")


def mail_style(host: Host) -> MailStyle:
    """Returns the name and the colour of the host for mails to its guests. At most one query."""
    brand = find(host)
    return colours.mail_style(host.name, brand.colour if brand else "")


def set_colour(host: Host, colour: str, *, now: datetime) -> None:
    """Sets the colour; an empty one is ours."""
    Branding.objects.update_or_create(host=host, defaults={"colour": colour, "changed_at": now})


def set_logo(host: Host, logo: Logo | None, *, now: datetime) -> None:
    """Sets the logo; None removes it."""
    fields = {
        "logo": logo.png if logo else b"",
        "logo_hash": logo.hash if logo else "",
        "logo_width": logo.width if logo else 0,
        "logo_height": logo.height if logo else 0,
        "changed_at": now,
    }
    Branding.objects.update_or_create(host=host, defaults=fields)
