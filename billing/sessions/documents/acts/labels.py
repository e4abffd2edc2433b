"""QR labels of chargers: that a host fetched some is a step of its set-up."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, AuditEntry, User
from chargers.models import Charger

LABELS_DOWNLOADED: Final = "labels.downloaded"
"""The verb of the audit trail."""
_MOST_NAMED: Final = 20


def note_download(chargers: Collection[Charger], *, by: User | ApiKey, now: datetime) -> None:
    """Writes it down the first time for each host. The caller has checked that the person sees the chargers."""
    hosts = {charger.property.host for charger in chargers}
    with transaction.atomic():
        noted = set(AuditEntry.objects.filter(host__in=hosts, verb=LABELS_DOWNLOADED).values_list("host", flat=True))
        for host in (candidate for candidate in hosts if candidate.pk not in noted):
            stations = [charger.station_id for charger in chargers if charger.property.host_id == host.pk][:_MOST_NAMED]
            subject = audit.Subject("host", host.pk, host.name, host)
            audit.write(LABELS_DOWNLOADED, subject, user=by, now=now, after={"stations": stations})
