"""Act for publishing or hiding a host's public status page."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import Host
from support.models import StatusPage


def publish(host: Host, *, is_public: bool, by: User | ApiKey, now: datetime) -> StatusPage:
    """Publishes or hides the page. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, host)
    with transaction.atomic():
        before = StatusPage.objects.select_for_update().filter(host=host).first()
        row, _ = StatusPage.objects.update_or_create(host=host, defaults={"is_public": is_public})
        if (before.is_public if before else False) != is_public:
            subject = audit.Subject("host", host.slug, host.name, host)
            verb = "status_page.published" if is_public else "status_page.withdrawn"
            audit.write(verb, subject, user=by, now=now)
    return row
