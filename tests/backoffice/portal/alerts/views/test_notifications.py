"""Settings > Notifications: what a person gets by mail, changed in one place."""

from datetime import UTC, datetime, time

import pytest
from django.db import transaction

from authorization.models import AuditEntry
from billing.models import AlertKind, AlertRule, MutedMail, OutgoingMail, ReportSchedule, StatementReader
from billing.payouts.cycle import cycle
from billing.payouts.sending import outcomes
from tests.kit.drivers import text_of
from tests.kit.payouts import books
from tests.kit.world import World, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
PAGE = "/settings/notifications/"
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def does(client, do: str, **said: str) -> str:
    return text_of(client.post(PAGE, {"do": do, "host": "sunset", **said}, follow=True))


def test_a_person_changes_what_they_get_and_each_change_is_audited(world: World, client_of):
    client = client_of(world.owner)
    assert "None" in text_of(client.get(PAGE))

    for do in ("usual", "statements:on", "report:weekly:on", "paid:off"):
        assert "Nothing was changed" not in does(client, do), do
        assert "Nothing was changed" in does(client, do), f"{do} twice"
    saved = does(client, "quiet", quiet_from="22:00", quiet_to="07:00")

    rule = AlertRule.objects.get()
    assert set(rule.kinds) == set(AlertKind.values)
    assert (rule.quiet_from, rule.quiet_to, rule.time_zone) == (time(22), time(7), "America/New_York")
    assert "quiet 22:00 to 07:00 (America/New_York)" in saved
    assert StatementReader.objects.get().user == ReportSchedule.objects.get().user == world.owner
    assert AuditEntry.objects.filter(user=world.owner).count() == 5
    assert "need both" in does(client, "quiet", quiet_from="22:00", quiet_to="")

    for do in ("statements:off", "report:weekly:off", "paid:on"):
        does(client, do)
    does(client, "quiet", quiet_from="", quiet_to="")
    rule.refresh_from_db()
    assert rule.quiet_from is None
    assert not (StatementReader.objects.exists())
    assert not (MutedMail.objects.exists())
    assert ReportSchedule.objects.filter(ended_at=None).count() == 0


def test_it_changes_nothing_of_hosts_or_money_that_one_does_not_see(world: World, client_of):
    operator = make_user("operator@example.com", world.host, "operator")

    for user in (world.stranger, operator):
        for do in ("statements:on", "report:weekly:on", "paid:off"):
            client_of(user).post(PAGE, {"do": do, "host": "sunset"})
    does(client_of(world.stranger), "usual")

    assert not (StatementReader.objects.exists())
    assert not (MutedMail.objects.exists())
    assert not (ReportSchedule.objects.exists())
    assert not AlertRule.objects.exists()
    assert "As PDF and CSV" not in text_of(client_of(operator).get(PAGE))


def test_who_muted_paid_payouts_still_hears_of_failures(db, client_of):
    known = books()
    known.sale(1000, at=datetime(2026, 3, 3, tzinfo=UTC))
    known.agree()
    known.bank()
    quiet = make_user("quiet@example.com", known.host, "owner")
    make_user("finance@example.com", known.host, "finance")
    client_of(quiet).post(PAGE, {"do": "paid:off", "host": known.host.slug})
    payout = cycle.close(known.scope, until=APRIL, now=APRIL)
    payout.state = "in_transit"
    payout.save()

    with transaction.atomic():
        outcomes.mark_paid(payout, at=APRIL, trace="T-1")
    assert [one.address for one in OutgoingMail.objects.filter(payout=payout)] == ["finance@example.com"]
    with transaction.atomic():
        type(payout).objects.filter(pk=payout.pk).update(state="in_transit")
        outcomes.mark_failed(payout, code="account_closed", now=APRIL)
    failures = OutgoingMail.objects.filter(payout=payout, subject__endswith="failed")
    assert {one.address for one in failures} == {"finance@example.com", "quiet@example.com"}
