"""Bookings of a property system as a sync stores them, and what their guests do at a charger."""

import secrets
from datetime import UTC, datetime, timedelta

from django.utils.crypto import get_random_string

from authorization.models import PmsConnection, Stay
from authorization.visits import phone_digits
from billing.models import Rate, RateVersion, Rating, Session
from chargers.lib import ids
from chargers.models import Host, Property, Unit
from tests.kit.site import Site

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MELANIE = {"guest_name": "Melanie Huber", "guest_email": "melanie@example.com"}


def now() -> datetime:
    return datetime.now(tz=UTC)


def connection(host: Host, *, kind: str = "guesty", **fields: object) -> PmsConnection:
    key = get_random_string(12).lower()
    return PmsConnection.objects.create(
        **{
            "host": host, "key": key, "name": "Bookings", "kind": kind, "url_encrypted": "", "webhook_key": key,
            "created_at": now(), "next_due_at": now() + DAY, **fields,
        }
    )  # fmt: skip


def booking(
    source: PmsConnection, place: Property, unit: Unit | None, *, code: str, last4: str = "4711", **fields: object
) -> Stay:
    """A booking that began yesterday, unless `arrives_at` and `departs_at` are given; margins of two hours and one."""
    values = {"arrives_at": now() - DAY, "departs_at": now() + 3 * DAY, **MELANIE, **fields}
    arrives, departs = values["arrives_at"], values["departs_at"]
    assert isinstance(arrives, datetime)
    assert isinstance(departs, datetime)
    return Stay.objects.create(
        **{
            "connection": source, "external_key": f"booking/{code}", "property": place, "unit": unit, "reference": code,
            "access_from": arrives - 2 * HOUR, "access_to": departs + HOUR,
            "phone_hash": phone_digits.hash_for_booking(source.pk, f"booking/{code}", last4), **values,
        }
    )  # fmt: skip


def charged(site: Site, stay: Stay, *, total: int = 434) -> Session:
    """A settled session that is put on the bill."""
    rate, _ = Rate.objects.get_or_create(host=site.host, slug="standard", defaults={"name": "S", "currency": "USD"})
    version, _ = RateVersion.objects.get_or_create(
        rate=rate, number=1, defaults={"definition": {}, "created_at": now()}
    )
    session = Session.objects.create(
        id=ids.generate(now=now()), secret=secrets.token_urlsafe(24), host=site.host, property=site.property,
        charger=site.charger, audience="member", state="settled", opened_at=now(), started_at=now(), settled_at=now(),
        rate_version=version, stay=stay, billed_to="folio",
    )  # fmt: skip
    Rating.objects.create(
        session=session, kind="final", engine_version="1", inputs={}, report={}, currency="USD", total_minor=total,
        net_minor=total, tax_minor=0, energy_wh=12_400, created_at=now(),
    )  # fmt: skip
    return session
