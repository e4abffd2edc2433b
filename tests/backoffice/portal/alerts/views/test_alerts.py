"""Alerts: de-bounced, merged while they flap, quiet at night, cleared, and never shown as sent before they were."""

import uuid
from datetime import UTC, datetime, time, timedelta

import pytest

from authorization.models import AuditEntry, Membership, MobilityProvider, ProviderSync
from billing.models import AlertKind, AlertNotice, AlertRule, Incident, OutgoingMail, Payout
from billing.payments.webhooks import deliveries
from billing.payouts.payees import agreements
from chargers.fleet import presence
from chargers.lib import ids
from chargers.models import Charger, Command, Licence, OwnAct, Property
from tests.kit import charging
from tests.kit.alerts_pages import find, look, lose, rule, subjects

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)  # 14:02 in New York
MINUTE = timedelta(minutes=1)
ALL = list(AlertKind)


def test_only_the_kinds_and_properties_of_the_rule_are_reported(world):
    rule(world, kinds=[AlertKind.FAULTED], minutes=0)
    lose(world, at=NOON)
    look(at=NOON + MINUTE)

    assert subjects() == []
    assert Incident.objects.get().kind == "offline"


def test_a_held_session_and_a_complaint_are_reported(world):
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4())
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    rule(world, made_at=charging.YESTERDAY - timedelta(days=2))
    charging.charge(world.charger, wh=9_000_000)
    charging.complaint(charging.charge(world.charger, at=charging.YESTERDAY - timedelta(hours=6)))

    look(at=now)

    [outgoing] = OutgoingMail.objects.filter(alert_rule__isnull=False)
    assert outgoing.subject.startswith("2 alerts")
    assert "session held for review" in outgoing.text
    assert "complaint of a guest" in outgoing.text


def test_money_is_not_reported_to_who_does_not_see_it_any_more(world):
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4())
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    rule(world, made_at=charging.YESTERDAY - timedelta(days=2))
    charging.charge(world.charger, wh=9_000_000)
    Membership.objects.filter(user=world.owner).update(role="operator")

    look(at=now)

    assert not AlertNotice.objects.exists()


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
        id=ids.generate(now=NOON),
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

    [outgoing] = OutgoingMail.objects.all()
    assert "Webhook connection broken since 14:02" in outgoing.text
    assert "https://example.com/hooks does not take events" in outgoing.text
    assert "Example eMSP connection broken since 14:02" in outgoing.text


def test_starts_that_the_charger_did_not_begin_count_as_failed(world):
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4())
    rule(world, kinds=[AlertKind.START_FAILURES], made_at=now - timedelta(hours=1))
    for minute, state in ((9, "rejected"), (7, "timed_out")):
        Command.objects.create(
            id=ids.generate(now=now),
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


def test_a_licence_that_is_prolonged_by_a_few_days_is_spoken_of_again(world):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    Licence.objects.update(state="active", expires_on=NOON.date() + timedelta(days=6))
    for day in range(6):
        look(at=NOON + timedelta(days=day))
    Licence.objects.update(expires_on=NOON.date() + timedelta(days=26))

    for day in range(6, 27):
        for minutes in (0, 1):
            look(at=NOON + timedelta(days=day, minutes=minutes))

    assert [subject.removesuffix(" – Sunset 1") for subject in subjects() if "prolonged" not in subject] == [
        "SUN001 licence ends on 16 March 2026",
        "SUN001 licence ends by tomorrow, on 16 March 2026",
        "2 alerts – Sunset Stays: SUN001 licence ends on 5 April 2026",
        "SUN001 licence ends within 7 days, on 5 April 2026",
        "SUN001 licence ends by tomorrow, on 5 April 2026",
    ]


def test_a_reminder_that_no_worker_made_in_time_is_made_up_for(world):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    Licence.objects.update(state="active", expires_on=NOON.date() + timedelta(days=20), grace_days=14)

    for day in (0, 14, 22, 23, 40):
        look(at=NOON + timedelta(days=day))

    assert subjects() == [
        "SUN001 licence ends on 30 March 2026 – Sunset 1",
        "SUN001 licence ends within 7 days, on 30 March 2026 – Sunset 1",
        "SUN001 licence ended on 30 March 2026 – Sunset 1",
    ]


def test_nobody_is_reminded_of_a_licence_whose_grace_is_over(world):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    Licence.objects.update(state="active", expires_on=NOON.date() + timedelta(days=20), grace_days=1)

    for day in (0, 22):
        look(at=NOON + timedelta(days=day))

    assert len(subjects()) == 1
