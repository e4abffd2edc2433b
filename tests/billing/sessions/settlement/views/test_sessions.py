"""Sessions: what did it cost and why; what is still open?"""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AuditEntry
from billing.models import Session
from billing.sessions.settlement import unclaimed
from chargers.models import Property
from chargers.transactions import recording
from chargers.transactions.recording import StopFacts
from support.explain import timeline
from tests.kit import charging
from tests.kit.callers import Api, make_key
from tests.kit.charging import YESTERDAY
from tests.kit.running import begun
from tests.kit.sessions_pages import page, plain, priced
from tests.kit.world import PASSWORD

__all__ = ["priced"]


def figures(text):
    """The names, figures and notes of the tiles."""
    tiles = re.findall(
        r'tile-name">(.*?)</span><strong class="tile-figure">(.*?)</strong>.*?tile-note">(.*?)</span>', text
    )
    return {name: (figure, note) for name, figure, note in tiles}


def way(text):
    """The steps of the money, each with all that it says."""
    part = text[text.index('<ol class="way">') :].partition("</ol>")[0]
    return [plain(step.partition(">")[2]) for step in part.split("<li")[1:]]


@pytest.mark.parametrize(("who", "sees"), [("owner", True), ("teammate", True), ("stranger", False), ("agent", True)])
def test_it_is_seen_by_its_host_and_by_agents_only(priced, client_of, who, sees):
    session = charging.charge(priced.charger)
    client = client_of(getattr(priced, who))

    listed = client.get("/sessions/").content.decode()
    opened = client.get(f"/sessions/{session.pk}/")

    assert ("$9.00" in listed) is sees
    assert opened.status_code == (200 if sees else 404)


def test_it_is_the_same_404_for_a_session_that_does_not_exist(priced, client_of):
    assert client_of(priced.owner).get(f"/sessions/{uuid.uuid4()}/").status_code == 404


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "04A1B2"}, ["member"]),
        ({"q": "SUN-1"}, ["member"]),
        ({"q": "sun001"}, ["member", "guest"]),
        ({"q": "Kim@example.com"}, ["guest"]),
        ({"q": "4242"}, ["guest"]),
        ({"q": "9999"}, []),
        ({"audience": "guest"}, ["guest"]),
        ({"state": "settled"}, ["member", "guest"]),
        ({"state": "held"}, []),
        ({"currency": "USD", "days": "30"}, ["member", "guest"]),
        ({"currency": "EUR"}, []),
        ({"days": "nonsense"}, []),
        ({"state": "nonsense"}, []),
    ],
)
def test_it_finds_sessions_by_what_people_know_of_them(priced, client_of, query, found):
    made = {
        "member": charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=4)),
        "guest": charging.guest(priced.charger),
    }

    text = client_of(priced.owner).get("/sessions/", query).content.decode()

    shown = {name for name, session in made.items() if f"/sessions/{session.pk}/" in text}
    if "nonsense" not in query.values():
        assert shown == set(found)


def test_it_finds_sessions_by_their_id_receipt_and_a_uid_with_colons(priced, client_of):
    member = charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=4))
    guest = charging.guest(priced.charger)
    client = client_of(priced.owner)
    queries = {
        str(guest.pk): guest,
        guest.pk.hex: guest,
        str(guest.pk)[:30]: guest,
        guest.receipts.get().label: guest,
        "04:A1:B2:C3:D4": member,
        "04 a1 b2 c3 d4": member,
        "0x04A1B2C3D4": member,
    }

    for query, wanted in queries.items():
        text = client.get("/sessions/", {"q": query}).content.decode()
        shown = {one.pk for one in (member, guest) if f"/sessions/{one.pk}/" in text}
        assert shown == {wanted.pk}, query
    other = client_of(priced.stranger).get("/sessions/", {"q": str(guest.pk)}).content.decode()
    assert f"/sessions/{guest.pk}/" not in other


def test_it_opens_the_amount_to_lines_that_add_up_with_their_reasons(priced, client_of):
    text = page(client_of(priced.owner), charging.charge(priced.charger))

    assert figures(text)["Cost"] == ("$9.00", "Final price")
    assert "Connection fee" in text
    assert "The connection fee is taken once per session that is billed." in text
    for cell in ("20.000 kWh", "$0.40", "$8.00", "$1.00"):
        assert cell in text


def test_it_opens_the_amount_to_the_readings(priced, client_of):
    text = page(client_of(priced.owner), charging.charge(priced.charger))

    why = text[text.index("Why this amount?") :]
    assert "1.000 kWh at the start and at 21.000 kWh at the end: 20.000 kWh" in why
    assert "SuspendedEV" not in why
    assert why.count(">Reading<") == 1


def test_its_head_has_the_figures_of_the_session(priced, client_of):
    text = page(client_of(priced.owner), charging.guest(priced.charger))

    assert "<h1>SUN001, connector 1</h1>" in text
    assert '<span class="chip">Guests</span>' in text
    told = figures(text)
    assert {name: figure for name, (figure, _) in told.items()} == {
        "Energy": "20.000 kWh", "Cost": "$9.00", "Duration": "1 h 59 min", "Average power": "10.1 kW",
    }  # fmt: skip


def test_its_curve_has_the_power_with_its_times_and_what_energy_cost_below(priced, client_of):
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    charging.read(row, 9000, at=YESTERDAY + timedelta(hours=1))
    session = charging.finish(row, wh=8000, at=YESTERDAY + timedelta(hours=2))

    text = page(client_of(priced.owner), session)

    drawing = re.search(r'role="img" aria-label="(Power from .*?)"', text)
    assert drawing
    assert "at most 8 kW" in drawing[1]
    assert "at $0.40 per kWh" in drawing[1]
    assert plain(text[text.index('<ul class="legend">') :].partition("</ul>")[0]).startswith("$0.40 per kWh")
    assert "No energy flowed" in text
    table = text[text.index('id="power-table"') :].partition("</table>")[0]
    assert plain(table.partition("<tbody>")[2]).endswith("8 kW $0.40")


def test_without_a_reading_of_power_it_says_so_in_one_sentence(priced, client_of):
    session = charging.paid_for(priced.charger, at=YESTERDAY)

    text = page(client_of(priced.owner), session)

    assert "The charger reported no power for this session." in text
    assert "<polyline" not in text
    assert "power-table" not in text


def test_its_money_goes_from_the_hold_to_the_payout_in_four_steps(priced, client_of):
    session = charging.guest(priced.charger)
    [receipt] = session.receipts.all()

    held, captured, settled, paid_out = way(page(client_of(priced.owner), session))

    assert re.fullmatch(r"Held done \$40.00 .* On the card ending in 4242\.", held)
    assert re.fullmatch(r"Captured done \$9.00 .* \$31.00 was released\.", captured)
    assert re.fullmatch(rf"Settled done \$9.00 .* Receipt {receipt.label}", settled)
    assert paid_out.startswith("Paid out waiting In no payout yet:")


def test_a_held_session_without_a_price_has_a_page(priced, client_of):
    facts = StopFacts(
        transaction_id="tx-000042", version="2.0.1", id_token="", meter_stop_wh=12_000,
        stated_at=YESTERDAY.isoformat(), at=YESTERDAY, reason="EVDisconnected", evse_number=1,
    )  # fmt: skip
    recording.record_stop(priced.charger, facts, now=YESTERDAY)
    unclaimed.hold_due(now=YESTERDAY + timedelta(hours=1))

    text = page(client_of(priced.owner), Session.objects.get())

    assert "The charger never reported the start of this session." in text
    assert "If you bill nothing: the session ends at 0." in text


def test_a_stop_before_its_start_is_listed_at_the_time_that_the_charger_says(priced):
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    row.stopped_at, row.early_stop_at = YESTERDAY, YESTERDAY - timedelta(seconds=100)
    row.save()

    moments = timeline.moments(timeline.load(Session.objects.get(transaction=row)))

    assert YESTERDAY - timedelta(seconds=100) in {moment.at for moment in moments}


def test_it_shows_what_was_held_captured_and_released(priced, client_of):
    text = page(client_of(priced.owner), charging.guest(priced.charger))

    assert "card ending in 4242" in text
    assert "<dt>Held</dt><dd>$40.00</dd>" in text
    assert "<dt>Captured</dt><dd>$9.00</dd><dt>Released</dt><dd>$31.00</dd>" in text


def test_it_says_which_rate_and_why(priced, client_of):
    text = page(client_of(priced.owner), charging.charge(priced.charger))

    assert "Members pay “Plain”, version 1, assigned to all chargers of Sunset 1." in text


def test_it_leads_to_the_decision_and_the_messages(priced, client_of):
    session = charging.charge(priced.charger)

    text = page(client_of(priced.owner), session)

    assert f"/authorization/decisions/{session.decision_id}/" in text
    assert "/chargers/CP1/logs/?q=04A1B2C3D4&amp;period=90d" in text


def test_it_leads_to_the_receipt_that_the_guest_sees(priced, client_of):
    session = charging.guest(priced.charger)
    client = client_of(priced.owner)

    text = page(client, session)

    there = f"/s/{session.secret}/documents/{session.receipts.get().label}/"
    assert f'href="{there}"' in text
    assert "$9.00" in client.get(there).content.decode()


def test_it_says_why_a_session_is_held(priced, client_of):
    session = charging.charge(priced.charger, wh=9_000_000)

    text = page(client_of(priced.owner), session)

    assert session.state == "held"
    assert "Held for review, nothing is billed:" in text
    assert session.state_reason[:30] in text


def test_it_shows_the_running_cost_of_a_session_that_charges(priced, client_of):
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    charging.read(row, 6000, at=YESTERDAY + timedelta(minutes=30))

    text = page(client_of(priced.owner), Session.objects.get(transaction=row))

    assert "Cost so far" in text
    assert figures(text)["Cost"] == ("$3.00", "Cost so far")


def test_its_page_follows_a_session_until_it_has_ended(priced, client_of):
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    client, session = client_of(priced.owner), Session.objects.get(transaction=row)
    text = page(client, session)

    assert f'<div id="live" class="stack" hx-get="/sessions/{session.pk}/"' in text
    assert "Disconnected, retrying" in text
    assert '<noscript><p><a href="">Look again</a></p></noscript>' in text
    charging.read(row, 6000, at=YESTERDAY + timedelta(minutes=30))
    assert figures(page(client, session))["Cost"] == ("$3.00", "Cost so far")

    text = page(client, charging.finish(row, wh=20_000, at=YESTERDAY + timedelta(hours=2)))
    assert "Settled" in text
    assert '<div id="live" class="stack">' in text
    assert "Disconnected, retrying" not in text


def test_a_poll_of_its_page_asks_no_card_processor(priced, client_of):
    session = begun(priced.charger, at=YESTERDAY, now=YESTERDAY + timedelta(minutes=90))
    client = client_of(priced.owner)

    with CaptureQueriesContext(connection) as seen:
        assert "Cost so far" in page(client, session)

    assert not [one["sql"] for one in seen if "billing_simulated" in one["sql"]]


def test_it_says_that_no_rate_means_no_price(world, client_of):
    text = page(client_of(world.owner), charging.charge(world.charger))

    assert "Members have no rate at charger SUN001." in text
    assert "No card was charged for this session." in text


def test_one_session_costs_the_same_queries_however_much_was_reported(priced, client_of, django_assert_max_num_queries):
    session = charging.guest(priced.charger)
    row = session.transaction
    for number in range(30):
        charging.read(row, 1000 + number, at=YESTERDAY + timedelta(minutes=2 + number))

    client = client_of(priced.owner)

    with django_assert_max_num_queries(25):
        page(client, session)


def test_a_waiver_asks_for_a_fresh_log_in_and_then_goes_on_by_itself(priced, client_of):
    session = charging.guest(priced.charger, wh=9_000_000)
    stolen = client_of(priced.owner)

    asked = stolen.post(f"/sessions/{session.pk}/waive/", {"reason": "Meter replaced"})

    session.refresh_from_db()
    assert (asked.headers["Location"].split("?")[0], session.state) == ("/accounts/reauthenticate/", "held")
    stolen.post(asked.headers["Location"], {"password": PASSWORD})
    session.refresh_from_db()
    assert session.holds.get().state == "voided"


def test_it_tells_how_idle_time_was_judged(priced, client_of):
    session = charging.overstay(priced.charger, late=timedelta(minutes=40))  # and a minute more to unplug

    text = page(client_of(priced.owner), session)

    assert "Plugged in without charging" in text
    assert "10 min free of 10 min" in text
    assert "31 completed minutes × $0.20" in text
    assert "$10.00 a session" in text


@pytest.mark.parametrize(
    ("posted", "told"),
    [
        ({"choice": "last_trusted", "expected": "299"}, "The amount has changed"),
        ({"choice": "for_free", "expected": "300"}, "choose one of the ways that are offered"),
        ({}, "choose one of the ways that are offered"),
    ],
)
def test_it_bills_nothing_else_than_what_was_shown(priced, client_of, posted, told):
    session = charging.held_after_a_jump(priced.charger)

    answer = client_of(priced.owner).post(f"/sessions/{session.pk}/review/", posted, follow=True)

    assert told in answer.content.decode()
    session.refresh_from_db()
    assert session.state == "held"


def test_it_bills_a_held_session_as_it_stands_only_after_somebody_confirmed_its_readings(priced, client_of):
    session = charging.held_after_a_jump(priced.charger)
    client = client_of(priced.owner)
    text = page(client, session)
    [form] = [one for one in text.split("<form") if 'value="as_it_stands"' in one]
    offered = re.search(r'name="expected" value="(\d+)"', form)
    assert offered
    posted = {"choice": "as_it_stands", "expected": offered[1]}

    refused = client.post(f"/sessions/{session.pk}/review/", posted, follow=True).content.decode()

    assert "I have checked the readings: they are right" in form
    assert "button-main" not in form.partition("</form>")[0]
    assert "confirm that you have looked at the readings" in refused
    session.refresh_from_db()
    assert session.state == "held"
    client.post(f"/sessions/{session.pk}/review/", posted | {"readings_checked": "yes"})
    session.refresh_from_db()
    assert session.state == "settled"
    assert AuditEntry.objects.get().after["readings_checked"] is True


def test_a_session_tells_the_host_and_not_the_guest_what_the_host_pays_by_the_rate(world, client_of):
    Property.objects.update(access="guest")
    borne = charging.PLAIN | {"processing_fee": "0.30", "processing_paid_by": "host"}
    charging.assign(charging.make_rate(world.host, definition=borne), world.site, "guest")
    session = charging.guest(world.charger)

    page = client_of(world.owner).get(f"/sessions/{session.pk}/").content.decode()
    told = Api(make_key(world.host)).get(f"sessions/{session.pk}/").json()["rating"]
    receipt = client_of(world.owner).get(f"/s/{session.secret}/receipt/").content.decode()

    assert "You pay $0.30 of card processing by the rate." in page
    assert [(line["kind"], line["amount"]) for line in told["host_costs"]] == [("processing", 30)]
    assert "0.30" not in receipt
    assert "rocessing" not in receipt


def test_the_power_of_a_session_is_a_file_with_every_reading(priced, client_of):
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    for number, wh in enumerate((3000, 7000), 1):
        charging.read(row, wh, at=YESTERDAY + timedelta(hours=number))
    session = charging.finish(row, wh=8000, at=YESTERDAY + timedelta(hours=3))
    address = f"/sessions/{session.pk}/power.csv"
    client = client_of(priced.owner)

    header, *rows = client.get(address).content.decode("utf-8-sig").splitlines()
    table = re.findall(r'<tr data-x.*?<td class="num">([^<]+) kW', client.get(f"/sessions/{session.pk}/").text)

    assert header == "at,power (kW)"
    assert [f"{float(row.split(',')[1]):.1f}".removesuffix(".0") for row in rows] == table
    assert len(table) >= 3
    assert client_of(priced.stranger).get(address).status_code == 404
