"""A site whose bookings come from a property system, for tests of reading, of pages and of the API."""

from datetime import datetime

from authorization.models import PmsConnection
from authorization.pms import connections
from authorization.pms.connections import Target, Wanted
from tests.kit.site import NOON, Site

CREDENTIALS = {
    "ical": {},
    "guesty": {"client_id": "id", "client_secret": "secret", "webhook_secret": "whsec_c2VjcmV0LXNlY3JldA=="},
    "hospitable": {"token": "personal"},
    "track": {"key": "key", "secret": "secret", "fee_type": "77"},
    "apaleo": {"client_id": "id", "client_secret": "secret"},
    "mews": {
        "client_token": "client",
        "access_token": "secret",
        "service": "charging",
        "tax_code": "US-CA-2026-S",
    },
    "cloudbeds": {"key": "cbat_secret", "property": "77"},
}


def connect(site: Site, kind: str, url: str, *, now: datetime = NOON, mapped: str | None = None) -> PmsConnection:
    """`mapped`: the listing that is the site's unit."""
    address = f"{url}/calendar.ics" if kind == "ical" else url
    wanted = Wanted(name=f"Villa {kind}", kind=kind, url=address, credentials=CREDENTIALS[kind])
    made = connections.add(site.host, wanted, now=now)
    if mapped is not None:
        listing, _ = made.listings.get_or_create(key=mapped, defaults={"added_at": now})
        connections.map_listing(listing, Target(site.property, site.unit), now=now)
    return made
