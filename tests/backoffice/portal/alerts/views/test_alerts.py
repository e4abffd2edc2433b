"""Alerts: de-bounced, merged while they flap, quiet at night, cleared, and never shown as sent before they were."""

import csv
import io
import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail as outgoing

from authorization.models import AuditEntry, Membership, MobilityProvider, ProviderSync
from backoffice.portal.alerts import acts, incidents, notices
from backoffice.portal.alerts.acts import RuleError, WantedRule
from billing import mail
from billing.models import AlertKind, AlertNotice, AlertRule, Incident, Letter, Payout, ReportRun, ReportSchedule
from billing.payments.webhooks import deliveries
from billing.payouts.payees import agreements
from billing.sessions.documents import outbox
from billing.sessions.scheduled_reports import scheduled_reports
from chargers.fleet import presence
from chargers.lib import ids
from chargers.models import Charger, Command, Licence, OwnAct, Property
from tests.kit import charging
from tests.kit.world import make_user, tap

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)  # 14:02 in New York
MINUTE = timedelta(minutes=1)
ALL = list(AlertKind)


def rule(world, *, kinds=ALL, made_at=NOON - timedelta(days=1), **wanted):
    return acts.add_rule(
        world.host,
        WantedRule(kinds=kinds, time_zone="America/New_York", properties=wanted.pop("properties", []), **wanted),
        to=world.owner,
        by=world.owner,
        now=made_at,
    )


def look(*, at):
    incidents.watch(now=at)
    notices.make(now=at)
    notices.deliver(now=at)


def lose(world, *, at):
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=at - MINUTE)
    presence.disconnect_all(now=at)


def find(world, *, at):
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=at)


def subjects():
    return list(Letter.objects.order_by("id").values_list("subject", flat=True))


def test_an_outage_is_reported_with_its_name_after_so_many_minutes_and_again_when_it_is_over(world):
    rule(world, minutes=10)
    lose(world, at=NOON)

    look(at=NOON + 9 * MINUTE)
    assert subjects() == []
    look(at=NOON + 10 * MINUTE)
    look(at=NOON + 11 * MINUTE)
    assert subjects() == ["SUN001 offline since 14:02 – Sunset 1"]

    find(world, at=NOON + 29 * MINUTE)
    look(at=NOON + 29 * MINUTE)
    look(at=NOON + 35 * MINUTE)
    assert subjects()[1:] == ["SUN001 back online at 14:31 after 29 min – Sunset 1"]


def test_a_short_outage_is_not_reported_at_all(world):
    rule(world, minutes=10)
    lose(world, at=NOON)
    look(at=NOON + MINUTE)
    find(world, at=NOON + 5 * MINUTE)
    look(at=NOON + 6 * MINUTE)
    look(at=NOON + 20 * MINUTE)

    assert subjects() == []
    assert Incident.objects.get().cleared_at is not None


def test_a_charger_that_flaps_is_one_incident(world):
    rule(world, minutes=10)
    lose(world, at=NOON)
    look(at=NOON + 10 * MINUTE)
    for minute in (12, 16, 20):
        find(world, at=NOON + minute * MINUTE)
        look(at=NOON + minute * MINUTE)
        presence.disconnect_all(now=NOON + (minute + 2) * MINUTE)
        look(at=NOON + (minute + 2) * MINUTE)

    assert subjects() == ["SUN001 offline since 14:02 – Sunset 1"]
    assert Incident.objects.get().times == 4


def test_what_comes_in_quiet_hours_arrives_as_one_mail_afterwards(world):
    rule(world, minutes=0, quiet=(time(14), time(16)))
    lose(world, at=NOON)
    look(at=NOON + MINUTE)
    find(world, at=NOON + 5 * MINUTE)
    look(at=NOON + 5 * MINUTE)
    look(at=NOON + 11 * MINUTE)

    assert subjects() == []
    look(at=NOON + 118 * MINUTE)

    [letter] = Letter.objects.all()
    assert letter.subject.startswith("2 alerts – Sunset Stays: SUN001 offline since 14:02")
    assert "SUN001 back online at 14:07" in letter.text


def test_only_the_kinds_and_properties_of_the_rule_are_reported(world):
    rule(world, kinds=[AlertKind.FAULTED], minutes=0)
    lose(world, at=NOON)
    look(at=NOON + MINUTE)

    assert subjects() == []
    assert Incident.objects.get().kind == "offline"


def test_starts_that_are_refused_in_a_row_are_reported(world):
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4())
    rule(world, made_at=now - timedelta(hours=1))
    for minute in (3, 2):
        tap(world.charger, "DEADBEEF", at=now - minute * MINUTE)
    look(at=now)
    assert subjects() == []

    tap(world.charger, "DEADBEEF", at=now - MINUTE)
    look(at=now)

    assert len(subjects()) == 1
    assert subjects()[0].startswith("SUN001 starts failing since")


def test_a_held_session_and_a_complaint_are_reported(world):
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4())
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    rule(world, made_at=charging.YESTERDAY - timedelta(days=2))
    charging.charge(world.charger, wh=9_000_000)
    charging.complaint(charging.charge(world.charger, at=charging.YESTERDAY - timedelta(hours=6)))

    look(at=now)

    [letter] = Letter.objects.filter(alert_rule__isnull=False)
    assert letter.subject.startswith("2 alerts")
    assert "session held for review" in letter.text
    assert "complaint of a guest" in letter.text


def test_money_is_not_reported_to_who_does_not_see_it_any_more(world):
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4())
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    rule(world, made_at=charging.YESTERDAY - timedelta(days=2))
    charging.charge(world.charger, wh=9_000_000)
    Membership.objects.filter(user=world.owner).update(role="operator")

    look(at=now)

    assert not AlertNotice.objects.exists()


def test_a_mail_that_was_not_sent_is_not_shown_as_sent(world, client_of, settings):
    rule(world, minutes=0)
    lose(world, at=NOON)
    look(at=NOON + MINUTE)
    client = client_of(world.owner)
    assert "Waits to be sent" in client.get("/alerts/").text

    def refuse(_letter):
        raise outbox.FailedError("554 no such mailbox")

    outbox.send_due(refuse, now=NOON + 2 * MINUTE)
    text = client.get("/alerts/").text
    assert "554 no such mailbox" in text
    assert "state-ok" not in text

    outbox.send_due(mail.send, now=NOON + timedelta(hours=1))
    text = client.get("/alerts/").text
    letter = Letter.objects.get()
    assert (("Sent " in text) and "state-ok" in text) is (letter.state == "sent")
    assert ("Not sent" in text) is (letter.state == "given_up")


def test_a_rule_goes_to_a_webhook_of_the_host(world):
    endpoint, _ = deliveries.add(world.host, url="https://example.com/hooks", kinds=None, by="user:x", now=NOON)
    rule(world, minutes=0, endpoint=endpoint)
    lose(world, at=NOON)

    look(at=NOON + MINUTE)
    find(world, at=NOON + 10 * MINUTE)
    look(at=NOON + 10 * MINUTE)
    look(at=NOON + 16 * MINUTE)

    assert list(endpoint.deliveries.order_by("id").values_list("kind", flat=True)) == ["alert.opened", "alert.cleared"]
    assert '"SUN001 offline since 14:02' in endpoint.deliveries.order_by("id")[0].body
    assert subjects() == []


def test_a_rule_is_for_oneself_at_a_host_that_one_sees(world):
    other = deliveries.add(
        world.stranger.memberships.get().host, url="https://x.example/", kinds=None, by="x", now=NOON
    )
    wanted = WantedRule(kinds=ALL, time_zone="UTC", properties=[], endpoint=other[0])

    with pytest.raises(RuleError):
        acts.add_rule(world.host, wanted, to=world.owner, by=world.owner, now=NOON)
    for by, to in ((world.stranger, world.stranger), (world.owner, world.teammate)):
        with pytest.raises(acts.people.NotAllowedError):
            acts.add_rule(world.host, WantedRule(kinds=ALL, time_zone="UTC", properties=[]), to=to, by=by, now=NOON)
    assert not AlertRule.objects.exists()


def test_a_rule_is_added_and_ended_on_the_page(world, client_of):
    client = client_of(world.owner)
    entered = {
        "do": "add",
        "host": "sunset",
        "kinds": ["offline", "held"],
        "properties": ["sunset-1"],
        "minutes": "5",
        "quiet_from": "22:00",
        "quiet_to": "07:00",
        "time_zone": "America/New_York",
    }

    assert client.post("/alerts/", entered | {"time_zone": "Nowhere/At-all"}).status_code == 200
    assert client.post("/alerts/", entered | {"quiet_to": "22:00"}).status_code == 200
    assert client.post("/alerts/", entered | {"quiet_to": ""}).status_code == 200
    assert not AlertRule.objects.exists()
    assert client.post("/alerts/", entered).status_code == 302

    made = AlertRule.objects.get()
    assert (made.minutes, made.kinds, made.quiet_to) == (5, ["offline", "held"], time(7))
    assert "22:00 to 07:00" in client.get("/alerts/").text
    client_of(world.teammate).post("/alerts/", {"do": "end", "rule": made.pk})
    assert AlertRule.objects.get().ended_at is None
    client.post("/alerts/", {"do": "end", "rule": made.pk})
    assert AlertRule.objects.get().ended_at is not None
    assert AuditEntry.objects.filter(verb__startswith="alert_rule.").count() == 2


@pytest.mark.parametrize(
    ("cycle", "begins", "ends"),
    [("weekly", "2026-03-02T05:00", "2026-03-09T04:00"), ("monthly", "2026-02-01T05:00", "2026-03-01T05:00")],
)
def test_a_report_is_of_the_last_whole_week_or_month_of_the_zone(cycle, begins, ends):
    """The clocks of New York went forward on 8 March 2026."""
    found = scheduled_reports.period_before(NOON, cycle, "America/New_York")

    assert [at.astimezone(UTC).isoformat()[:16] for at in found] == [begins, ends]


def test_a_report_is_mailed_once_with_the_sessions_of_its_period(world):
    now = datetime.now(tz=UTC)
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    begins_at, _ = scheduled_reports.period_before(now, "weekly", "America/New_York")
    session = charging.charge(world.charger, at=begins_at.astimezone(UTC) + timedelta(hours=30))
    charging.charge(world.charger, at=begins_at.astimezone(UTC) - timedelta(hours=30))
    made = acts.add_report(
        world.host, ReportSchedule.Cycle.WEEKLY, time_zone="America/New_York", by=world.owner, now=begins_at
    )
    assert made

    assert [scheduled_reports.make_due(now=now), scheduled_reports.make_due(now=now)] == [1, 0]
    outbox.send_due(mail.send, now=now)

    [message] = outgoing.outbox
    name, content, _ = message.attachments[0]
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}"))))
    assert [row["session"] for row in rows] == [str(session.pk)]
    assert name.startswith("sessions-sunset-")
    assert message.to == ["owner@example.com"]


def test_who_sees_no_money_gets_no_report(world):
    now = datetime.now(tz=UTC)
    operator = make_user("operator@example.com", world.host, "operator")
    with pytest.raises(acts.people.NotAllowedError):
        acts.add_report(world.host, ReportSchedule.Cycle.WEEKLY, time_zone="UTC", by=operator, now=now)
    acts.add_report(
        world.host, ReportSchedule.Cycle.WEEKLY, time_zone="UTC", by=world.owner, now=now - timedelta(days=30)
    )
    Membership.objects.filter(user=world.owner).update(role="operator")

    assert scheduled_reports.make_due(now=now) == 0
    assert not ReportRun.objects.exists()


def test_a_fault_is_reported_and_that_it_is_cleared(world):
    rule(world, kinds=[AlertKind.FAULTED], minutes=0)
    find(world, at=NOON)
    Charger.objects.update(status="Faulted", status_at=NOON)
    look(at=NOON + MINUTE)
    Charger.objects.update(status="Available")
    look(at=NOON + 20 * MINUTE)
    look(at=NOON + 26 * MINUTE)

    assert subjects() == [
        "SUN001 faulted since 14:02 – Sunset 1",
        "SUN001 fault cleared at 14:22 after 20 min – Sunset 1",
    ]


def test_a_licence_that_ends_is_reported_once(world):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    Licence.objects.update(state="active", expires_on=NOON.date() + timedelta(days=10))
    look(at=NOON)
    look(at=NOON + MINUTE)

    assert subjects() == ["SUN001 licence ends on 20 March 2026 – Sunset 1"]


def test_a_licence_is_spoken_of_30_days_7_days_and_a_day_before_it_ends(world):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    ends_on = NOON.date() + timedelta(days=40)
    Licence.objects.update(state="active", expires_on=ends_on)

    for day in range(42):
        for minutes in (0, 1):
            look(at=NOON + timedelta(days=day, minutes=minutes))

    assert subjects() == [
        "SUN001 licence ends on 19 April 2026 – Sunset 1",
        "SUN001 licence ends within 7 days, on 19 April 2026 – Sunset 1",
        "SUN001 licence ends by tomorrow, on 19 April 2026 – Sunset 1",
    ]
    made = AlertNotice.objects.order_by("id").values_list("made_at", flat=True)
    assert [(ends_on - at.date()).days for at in made] == [30, 7, 1]


def test_a_licence_that_ends_within_the_week_is_not_spoken_of_twice_at_once(world):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    Licence.objects.update(state="active", expires_on=NOON.date() + timedelta(days=5))

    for day in range(4):
        look(at=NOON + timedelta(days=day))
    assert len(subjects()) == 1
    look(at=NOON + timedelta(days=4))

    assert subjects()[1:] == ["SUN001 licence ends by tomorrow, on 15 March 2026 – Sunset 1"]


def test_a_licence_that_is_prolonged_is_not_spoken_of_before(world):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    Licence.objects.update(state="active", expires_on=NOON.date() + timedelta(days=20))
    look(at=NOON)
    Licence.objects.update(expires_on=NOON.date() + timedelta(days=400))

    for day in range(1, 25):
        look(at=NOON + timedelta(days=day))

    assert [subject.split(" on ")[0].split(" at ")[0] for subject in subjects()] == [
        "SUN001 licence ends", "SUN001 licence prolonged"
    ]  # fmt: skip


def test_a_payout_that_failed_is_reported(world):
    rule(world, kinds=[AlertKind.PAYOUT])
    find(world, at=NOON)
    agreement = agreements.agree(
        agreements.Scope(host=world.host, currency="USD"),
        valid_from=NOON - timedelta(days=40),
        by="user:x",
        now=NOON - timedelta(days=40),
        **agreements.STANDARD,
    )
    Payout.objects.create(
        id=ids.new(now=NOON),
        host=world.host,
        currency="USD",
        number=7,
        agreement=agreement,
        way=agreement.way,
        begins_at=NOON - timedelta(days=30),
        ends_at=NOON,
        time_zone="UTC",
        state="failed",
        failure="account_closed",
        submitted_at=NOON,
        created_at=NOON,
    )
    look(at=NOON + MINUTE)

    assert subjects() == ["Payout 7 failed, 14:02 – Sunset Stays"]


def test_a_webhook_that_fails_and_a_provider_that_gives_no_cards_are_reported(world):
    endpoint, _ = deliveries.add(world.host, url="https://example.com/hooks", kinds=None, by="user:x", now=NOON)
    rule(world, kinds=[AlertKind.SYNC])
    find(world, at=NOON)
    type(endpoint).objects.update(failing_since=NOON)
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    ProviderSync.objects.create(msp=msp, asked_at=NOON, done_at=NOON, failure="It answered 503.")
    look(at=NOON + 16 * MINUTE)

    [letter] = Letter.objects.all()
    assert "Webhook connection broken since 14:02" in letter.text
    assert "https://example.com/hooks does not take events" in letter.text
    assert "Example eMSP connection broken since 14:02" in letter.text


def test_starts_that_the_charger_did_not_begin_count_as_failed(world):
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4())
    rule(world, kinds=[AlertKind.START_FAILURES], made_at=now - timedelta(hours=1))
    for minute, state in ((9, "rejected"), (7, "timed_out")):
        Command.objects.create(
            id=ids.new(now=now),
            charger=world.charger,
            action="RemoteStartTransaction",
            payload={},
            origin="guest",
            state=state,
            created_at=now - minute * MINUTE,
            expires_at=now,
        )
    look(at=now)
    assert subjects() == []

    OwnAct.objects.create(
        charger=world.charger, kind="not_started", decision_id=uuid.uuid4(), detail="x", at=now - MINUTE, noticed_at=now
    )
    look(at=now)

    assert len(subjects()) == 1
    assert Incident.objects.get().detail == "3 in a row"


def test_the_same_rule_is_not_made_twice(world, client_of):
    rule(world, minutes=10)
    with pytest.raises(RuleError, match="You have this rule already"):
        rule(world, minutes=10)
    rule(world, minutes=60)

    assert AlertRule.objects.count() == 2


def test_quiet_hours_do_not_end_when_they_begin(world):
    with pytest.raises(RuleError, match="give two different times"):
        rule(world, quiet=(time(22), time(22)))


def test_the_time_zone_is_chosen_and_is_that_of_most_properties_at_first(world, client_of):
    for number, zone in enumerate(("Europe/Amsterdam", "Europe/Amsterdam")):
        Property.objects.create(host=world.host, slug=f"p{number}", name=f"P{number}", time_zone=zone)

    text = client_of(world.owner).get("/alerts/").text

    assert '<option value="Europe/Amsterdam" selected>Europe/Amsterdam</option>' in text
    assert '<option value="America/New_York">America/New York</option>' in text


def test_the_page_says_that_no_mail_server_is_set_up(world, client_of, settings):
    client = client_of(world.owner)
    settings.EMAIL_URL = ""
    assert "No mail server is set up here" in client.get("/alerts/").text

    settings.EMAIL_URL = "smtp://mail.example.com"
    assert "No mail server is set up here" not in client.get("/alerts/").text


def test_how_often_a_charger_flapped_is_shown(world, client_of):
    rule(world, minutes=0)
    lose(world, at=NOON)
    look(at=NOON + MINUTE)
    find(world, at=NOON + 3 * MINUTE)
    look(at=NOON + 3 * MINUTE)
    presence.disconnect_all(now=NOON + 5 * MINUTE)
    look(at=NOON + 5 * MINUTE)
    find(world, at=NOON + 8 * MINUTE)
    look(at=NOON + 8 * MINUTE)
    look(at=NOON + 14 * MINUTE)

    assert subjects()[-1] == "SUN001 back online at 14:10 after 8 min, 2 times – Sunset 1"
    assert "Came and went 2 times" in client_of(world.owner).get("/alerts/").text
