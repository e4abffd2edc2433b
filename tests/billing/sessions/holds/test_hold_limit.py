"""When the cost of a session approaches its hold: notifies the guest, holds more, or stops charging."""

import html

import pytest
from django.test import Client

from authorization.decide import reasons
from authorization.models import Membership, User
from billing import tasks
from billing.models import Session
from billing.sessions.holds import hold_limit
from billing.sessions.settlement.admin import SessionAdmin
from chargers.models import Charger
from support.admin_site.site import agents
from support.explain import timeline
from tests.kit.held import paid
from tests.kit.holds import clock, drawn

__all__ = ["clock"]
pytestmark = pytest.mark.django_db


def test_hosts_and_agents_read_the_same_reason_of_a_session_that_was_ended(site, clock):
    session, _, row = paid(site)
    drawn(site, row, 92_600)
    Charger.objects.update(ocpp_version="1.6")
    tasks.stop_before_holds_are_used_up()
    session = Session.objects.get(pk=session.pk)

    reason = hold_limit.reason(session, session.holds.all())

    assert reason is reasons.get("hold_used_up")
    assert reason.title in [moment.sentence for moment in timeline.moments(timeline.load(session))]
    owner = User.objects.create_user("host@example.com", None, is_superuser=False)
    Membership.objects.create(user=owner, host=site.host, role="owner")
    client = Client()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    page = html.unescape(client.get(f"/sessions/{session.pk}/").content.decode())
    assert reason.host.meaning in page
    assert "/properties/sunset-1/holds/" in page
    desk = SessionAdmin(Session, agents).explained(session)
    assert reason.agent.meaning in html.unescape(desk)
    assert f"/chargers/{session.charger.charger_id}/logs/" in desk
