"""Chargers > View > Proxy and its forms, and Properties > Disagreements: who sees them, who changes what."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, Decision, Opinion
from chargers.lib import ids, secrets
from chargers.models import Charger, Forward, Message, Transaction, Upstream, UpstreamLink
from chargers.proxy import verdicts
from tests.kit.proxy_pages import filled, led_tap, upstream
from tests.kit.world import make_charger, tap

pytestmark = pytest.mark.fresh_log_in
PAGE = "/chargers/CP1/proxy/"
REPORT = "/properties/sunset-1/disagreements/"
NOW = datetime.now(tz=UTC)
CARD = "04A1B2C3D4"


def online(world):
    connection_id = "00000000-0000-7000-8000-000000000001"
    Charger.objects.filter(pk=world.charger.pk).update(
        connection_id=connection_id, connected_at=NOW, ocpp_version="1.6"
    )


def test_the_page_says_who_decides_and_who_refused(world, client_of):
    upstream(world, role="leader")
    led_tap(world, CARD, by="Partner", status="Invalid")

    shown = client_of(world.owner).get(PAGE).text

    assert "★ Partner (Leader, billing)" in shown
    assert "guests cannot pay by QR code" in shown
    assert "is accepted by us, refused by Partner, 1 time" in shown
    assert "Ask Partner to whitelist it." in shown


def test_alone_we_lead(world, client_of):
    shown = client_of(world.owner).get(PAGE).text

    assert "★ us (Leader, billing)" in shown
    assert "No other back office is connected through us." in shown


def test_the_page_tells_how_each_connection_does_and_no_secret(world, client_of):
    online(world)
    row = upstream(world, password_encrypted=secrets.encrypt("s3cret-of-theirs"))
    failed = {
        "failed_at": NOW,
        "next_try_at": datetime.now(tz=UTC) + timedelta(minutes=1),
        "dropped": 4,
        "dropped_at": NOW,
    }
    UpstreamLink.objects.create(charger=world.charger, upstream=row, error="refused the password (401)", **failed)
    for number in range(3):
        Forward.objects.create(
            id=ids.generate(now=NOW),
            charger=world.charger,
            upstream=row,
            key=str(number),
            action="MeterValues",
            version="1.6",
            payload="{}",
            claimed_by=ids.generate(now=NOW),
        )
    Message.objects.create(
        id=ids.generate(now=NOW),
        charger=world.charger,
        direction="in",
        upstream="Partner",
        ocpp_version="1.6",
        message_type=2,
        action="Authorize",
        uid=CARD,
        request_at=NOW,
        request="[]",
        verdict="Blocked",
        answer_at=NOW + timedelta(milliseconds=140),
        answer="[]",
        answer_type=3,
    )

    shown = client_of(world.owner).get(PAGE).text

    assert "It refused the password (401)." in shown
    assert "next try at" in shown
    assert "140 ms" in shown
    assert "Blocked" in shown
    assert '<td class="num" data-label="Backlog">3</td>' in shown
    assert "4 old messages were dropped" in shown
    assert "s3cret" not in shown


def test_one_for_the_property_counts_for_its_chargers_until_they_have_their_own(world, client_of):
    other = make_charger(world.site, "CP2", station_id="SUN002")
    client = client_of(world.owner)
    client.post(f"{PAGE}connect/", filled(scope="property", role="leader"))

    assert "★ Energy manager" in client.get(PAGE).text
    assert "★ Energy manager" in client.get("/chargers/CP2/proxy/").text
    upstream(world, charger=other)
    assert "★ us" in client.get("/chargers/CP2/proxy/").text


def charges_now(world):
    return Transaction.objects.create(
        charger=world.charger,
        transaction_id="7",
        ocpp_version="1.6",
        evse_number=1,
        id_token=CARD,
        started_at=NOW,
        start_received_at=NOW,
    )


def test_the_leader_changes_after_a_look_at_the_cards_it_has_not_accepted(world, client_of):
    row = upstream(world)
    client = client_of(world.owner)

    asked = client.get(f"{PAGE}{row.pk}/leader/").text
    response = client.post(f"{PAGE}{row.pk}/leader/", follow=True)

    assert "1 of your card was not accepted by Partner in the last 30 days" in asked
    assert CARD in asked
    assert "★ Partner leads from now on." in response.text
    row.refresh_from_db()
    assert row.role == "leader"
    entry = AuditEntry.objects.get(verb="upstream.leader_changed")
    assert (entry.before, entry.after["leader"]) == ({"leader": "us"}, "Partner")


def test_we_lead_again_after_a_look_at_the_cards_that_we_would_refuse(world, client_of):
    row = upstream(world, role="leader")
    led_tap(world, "STRANGER", by="Partner", status="Accepted")
    client = client_of(world.owner)

    asked = client.get(f"{PAGE}{row.pk}/leader/?by=us").text
    client.post(f"{PAGE}{row.pk}/leader/", {"by": "us"})

    assert "STRANGER" in asked
    row.refresh_from_db()
    assert row.role == "follower"


def test_the_leader_does_not_change_under_a_running_session_unless_forced(world, client_of):
    row = upstream(world)
    charges_now(world)
    client = client_of(world.owner)

    refused = client.post(f"{PAGE}{row.pk}/leader/", follow=True)
    row.refresh_from_db()
    assert row.role == "follower"
    assert "A car charges now." in refused.text
    client.post(f"{PAGE}{row.pk}/leader/", {"forced": "1"})
    row.refresh_from_db()
    assert row.role == "leader"
    assert AuditEntry.objects.get(verb="upstream.leader_changed").after["forced"] is True


def test_its_commands_are_allowed_by_name(world, client_of):
    online(world)
    row = upstream(world)
    client = client_of(world.owner)

    shown = client.get(f"{PAGE}{row.pk}/commands/").text
    client.post(f"{PAGE}{row.pk}/commands/", {"allowed": ["Reset", "RemoteStartTransaction", "Nonsense"]})

    assert 'value="GetConfiguration" checked' in shown
    assert 'value="Reset">' in shown
    assert "RemoteStartTransaction" not in shown
    row.refresh_from_db()
    assert row.allowed == ["Reset"]
    client.post(f"{PAGE}{row.pk}/commands/", {"usual": "1"})
    row.refresh_from_db()
    assert row.allowed is None


def test_it_is_paused_resumed_and_disconnected(world, client_of):
    row = upstream(world, role="leader")
    client = client_of(world.owner)

    paused = client.post(f"{PAGE}{row.pk}/", {"way": "pause"}, follow=True).text
    assert "Meanwhile we lead." in paused
    assert "★ us" in paused
    assert "★ Partner" in client.post(f"{PAGE}{row.pk}/", {"way": "resume"}, follow=True).text
    assert "is disconnected" in client.post(f"{PAGE}{row.pk}/", {"way": "disconnect"}, follow=True).text
    assert not Upstream.objects.exists()
    verbs = {"upstream.paused", "upstream.resumed", "upstream.disconnected"}
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == verbs


def test_a_test_of_the_connection_says_what_is_wrong(world, client_of):
    row = upstream(world, url="ws://127.0.0.1:9/ocpp")

    told = client_of(world.owner).post(f"{PAGE}{row.pk}/", {"way": "test"}, follow=True).text

    assert "Partner was not called: 127.0.0.1 means 127.0.0.1, an address that is not public" in told


def test_what_happens_without_the_leader_is_set_here(world, client_of):
    upstream(world, role="leader")
    client = client_of(world.owner)

    client.post(f"{PAGE}settings/", {"absent": "refuse", "limit_s": "8"})
    world.charger.refresh_from_db()
    assert (world.charger.leader_absent, world.charger.leader_limit_s) == ("refuse", 8)
    client.post(f"{PAGE}settings/", {"absent": "anything", "limit_s": "8"})
    client.post(f"{PAGE}settings/", {"absent": "refuse", "limit_s": "0"})
    world.charger.refresh_from_db()
    assert (world.charger.leader_absent, world.charger.leader_limit_s) == ("refuse", 8)


WAYS = ["connect/", "settings/", "{pk}/", "{pk}/commands/", "{pk}/leader/"]


def test_a_teammate_who_may_only_look_sees_it_and_changes_nothing(world, client_of):
    row = upstream(world)
    client = client_of(world.teammate)

    assert "Only an owner or manager" in client.get(PAGE).text
    assert [client.post(PAGE + way.format(pk=row.pk), {"way": "pause"}).status_code for way in WAYS] == [404] * 5
    row.refresh_from_db()
    assert (row.paused_at, row.role) == (None, "follower")
    assert client.get(REPORT).status_code == 200


def test_a_stranger_gets_the_same_as_for_a_charger_that_is_not_there(world, client_of):
    row = upstream(world)
    client = client_of(world.stranger)

    for path in (PAGE, REPORT, "/chargers/NOBODY/proxy/"):
        assert client.get(path).status_code == 404
    assert [client.post(PAGE + way.format(pk=row.pk)).status_code for way in WAYS] == [404] * 5


def test_an_agent_may_change_it_too(world, client_of):
    row = upstream(world)

    assert client_of(world.agent).post(f"{PAGE}{row.pk}/leader/").status_code == 302
    assert AuditEntry.objects.get().actor == "user:agent@example.com"


def test_a_back_office_of_another_charger_is_not_there(world, client_of):
    other = make_charger(world.site, "CP2", station_id="SUN002")
    row = upstream(world, charger=other)

    assert client_of(world.owner).post(f"{PAGE}{row.pk}/", {"way": "disconnect"}).status_code == 404


def test_why_tells_what_everybody_said(world, client_of):
    decision = led_tap(world, CARD, by="Partner", status="Blocked")
    Opinion.objects.create(
        id=ids.generate(now=NOW),
        decision=decision,
        voice="follower",
        name="Energy",
        accepted=True,
        status="Accepted",
        at=NOW,
    )
    message = Message.objects.get(decision_id=decision.pk)

    shown = client_of(world.owner).get(f"/chargers/CP1/logs/{message.pk}/").text

    assert "Refused by the third-party back office Partner." in shown
    assert "Partner leads here and answered Blocked: that counts." in shown
    assert "We</span> would have said Accepted." in shown
    assert "Energy</span> would have said Accepted." in shown
    assert "Ask the Leader to add this card" in shown
    assert "Whitelist this UID" not in shown


def test_logs_are_narrowed_to_one_back_office(world, client_of):
    upstream(world)
    for name in ("", "Partner"):
        Message.objects.create(
            id=ids.generate(now=NOW),
            charger=world.charger,
            direction="in",
            upstream=name,
            ocpp_version="1.6",
            message_type=2,
            action="Heartbeat" if name else "MeterValues",
            request_at=NOW,
            request="[]",
        )
    client = client_of(world.owner)

    both = client.get("/chargers/CP1/logs/").text
    theirs = client.get("/chargers/CP1/logs/?with=Partner").text
    ours = client.get("/chargers/CP1/logs/?with=charger").text

    assert "passed on to Partner" in both
    assert "MeterValues" in both
    assert "MeterValues" not in theirs
    assert "passed on to Partner" not in ours


def test_a_guest_cannot_pay_where_another_back_office_leads(world, client):
    upstream(world, role="leader")

    assert "run together with another company" in client.get("/c/SUN001").text


def passed_on(world, message, *, to, status):
    """A tap as it was passed on to another back office, with its answer and the opinion that it leaves."""
    copy = Message.objects.create(
        id=ids.generate(now=datetime.now(tz=UTC)),
        charger=world.charger,
        direction="in",
        upstream=to,
        ocpp_version="1.6",
        message_type=2,
        action="Authorize",
        uid=message.uid,
        request_at=NOW,
        request=message.request,
        answer_at=NOW,
        answer="[3]",
        answer_type=3,
        verdict=status,
        decision_id=message.decision_id,
    )
    record = Decision.objects.get(pk=message.decision_id)
    if record.decided_by != to:
        verdicts.build_opinion(record.pk, voice="follower", name=to, status=status, at=NOW).save()
    return copy


def test_a_tap_of_a_proxied_charger_stands_on_one_row(world, client_of):
    upstream(world)
    passed_on(world, tap(world.charger, CARD), to="Partner", status="Invalid")
    client = client_of(world.owner)

    both = client.get("/chargers/CP1/logs/")
    theirs = client.get("/chargers/CP1/logs/?with=Partner")

    assert len(both.context["rows"]) == 1
    assert "Partner: Invalid</span> not asked: we lead" in both.text
    assert len(theirs.context["rows"]) == 1


def test_a_followers_invalid_does_not_read_like_a_refusal(world, client_of):
    upstream(world)
    upstream(world, "Boss", role="leader")
    led_tap(world, CARD, by="Boss", status="Accepted")
    message = Message.objects.get()
    follower = passed_on(world, message, to="Partner", status="Invalid")
    leader = passed_on(world, message, to="Boss", status="Accepted")
    client = client_of(world.owner)

    theirs = client.get("/chargers/CP1/logs/?with=Partner").text
    boss = client.get("/chargers/CP1/logs/?with=Boss").text
    why = client.get(f"/chargers/CP1/logs/{message.pk}/").text

    assert "chip-bad" not in theirs
    assert "not asked: Boss leads" in theirs
    assert 'chip-ok">Accepted' in boss
    assert "not asked" not in boss
    assert '<span class="state state-unknown">Partner</span> would have said Invalid.' in why
    assert follower.pk != leader.pk
