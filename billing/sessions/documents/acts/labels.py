"""QR labels of chargers: the first download by a host completes a step of its set-up."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, AuditEntry, User
from chargers.models import Charger

LABELS_DOWNLOADED: Final = "labels.downloaded"
"""Action in the audit trail."""
_MAX_NAMED: Final = 20


def note_download(chargers: Collection[Charger], *, by: User | ApiKey, now: datetime) -> None:
    """Records the first download of each host. The caller has checked that the person may see the chargers."""
    hosts = {charger.property.host for charger in chargers}
    with transaction.atomic():
        noted_host_ids = set(
            AuditEntry.objects.filter(host__in=hosts, verb=LABELS_DOWNLOADED).values_list("host", flat=True)
        )
        for host in (candidate for candidate in hosts if candidate.pk not in noted_host_ids):
            stations = [charger.station_id for charger in chargers if charger.property.host_id == host.pk][:_MAX_NAMED]
            subject = audit.Subject("host", host.pk, host.name, host)
            audit.write(LABELS_DOWNLOADED, subject, user=by, now=now, after={"stations": stations})
