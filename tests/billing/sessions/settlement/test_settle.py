"""Sessions from the order or the start to the receipt, each step once."""

from datetime import timedelta

import pytest
from django.utils import translation

from billing.models import ChargingStateReport, Hold, Rating, Receipt, Session, SimulatedPayment
from billing.payments.processors import simulated
from billing.pricing import session_facts
from billing.pricing.rates import catalogue
from billing.sessions.holds import holds
from billing.sessions.settlement import late_stops, reviews, settle
from billing.sessions.visitors import sentences
from chargers.fleet import presence
from chargers.models import Transaction
from chargers.sentences import stored
from chargers.sentences.cases import CaseCode
from tests.billing.conftest import NOON, PLAIN, minutes
from tests.kit.settle import guest, late, plug_in

GOOD, LOST_AUTHORIZE, LOST_CAPTURE = "4242424242424242", "4000000000000119", "4000000000000341"
DECLINED, CONFIRM = "4000000000000002", "4000002760003184"


def test_it_bills_a_member_once_the_plug_is_out(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    assert (session.audience, session.state, session.token) == ("member", "charging", site.member)
    site.stop(row, 6000, at=minutes(60))
    site.work(now=minutes(61))
    session.refresh_from_db()
    assert session.state == "stopped"
    assert session.ratings.get().kind == "provisional"
    assert not Receipt.objects.exists()

    site.status("Available", at=minutes(62))
    site.work(now=minutes(62))

    session.refresh_from_db()
    assert (session.state, session.settled_at) == ("settled", minutes(62))
    receipt = Receipt.objects.get()
    assert receipt.label == "2026-000001"
    assert receipt.rating.total_minor == 300  # 1.00 + 5 kWh x 0.40
    assert receipt.document["report"]["total"] == 300
    assert receipt.document["site"]["name"] == "Sunset 1"
    assert receipt.document["payment"] is None


def test_it_does_nothing_twice(site):
    site.rate("member")
    row = site.transaction()
    site.begin(row)
    site.begin(row)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")

    for second in range(5):
        site.work(now=minutes(61) + timedelta(seconds=second))

    assert Session.objects.get().state == "settled"
    assert sorted(Rating.objects.values_list("kind", flat=True)) == ["final", "provisional"]
    assert Receipt.objects.count() == 1


def test_it_numbers_receipts_of_a_host_without_a_gap(site):
    site.rate("member")
    for count in range(3):
        row = site.transaction(at=minutes(count * 100))
        site.begin(row)
        site.stop(row, 6000, at=minutes(count * 100 + 60), reason="EVDisconnected")

    site.work(now=minutes(400))

    assert list(Receipt.objects.order_by("id").values_list("number", flat=True)) == [1, 2, 3]


def test_it_bills_idle_time_until_the_plug_is_out(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.heard(since=NOON, until=minutes(120))
    site.status("Charging", at=minutes(1))
    site.stop(row, 6000, at=minutes(60))
    site.status("Finishing", at=minutes(60))
    site.work(now=minutes(95))
    session.refresh_from_db()
    assert session.state == "stopped", "the plug is still in and its charger says so"

    site.status("Available", at=minutes(100))
    site.work(now=minutes(100))

    report = Receipt.objects.get().document["report"]
    assert report["idle_minutes"] == 30  # 40 less a grace of 10
    assert report["total"] == 300 + 600


def test_it_bills_no_idle_time_without_contact(site):
    site.rate("member")
    row = site.transaction()
    site.begin(row)
    site.heard(since=NOON, until=minutes(60))
    site.stop(row, 6000, at=minutes(60))
    site.status("Finishing", at=minutes(60))
    site.status("Available", at=minutes(600))

    site.work(now=minutes(600))

    assert Receipt.objects.get().document["report"]["idle_minutes"] == 0


def test_it_settles_30_minutes_after_a_stop_without_status(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(60))

    site.work(now=minutes(89))
    session.refresh_from_db()
    assert session.state == "stopped"
    site.work(now=minutes(90))

    session.refresh_from_db()
    assert session.state == "settled"
    assert Receipt.objects.get().rating.total_minor == 300


def test_it_takes_a_connector_that_was_free_before_the_stop_came(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.status("Available", at=minutes(60))
    site.stop(row, 6000, at=minutes(60))

    site.work(now=minutes(60))

    session.refresh_from_db()
    assert (session.state, session.unplugged_at) == ("settled", minutes(60))


def test_it_keeps_the_price_of_the_start(site):
    version = site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    dearer = {**PLAIN, "energy": [{"name": "all day", "price": "9.00"}]}
    type(version).objects.create(rate=version.rate, number=2, definition=dearer, created_at=minutes(5))

    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))

    session.refresh_from_db()
    assert session.rate_version == version
    assert Receipt.objects.get().rating.total_minor == 300


def test_it_holds_what_cannot_be_true_and_takes_nothing(site):
    site.rate("guest")
    session, hold = guest(site)
    row = plug_in(site, session, at=minutes(1))
    site.stop(row, 900_000, at=minutes(60), reason="EVDisconnected")

    site.work(now=minutes(61))
    site.work(now=minutes(62))

    session.refresh_from_db()
    hold.refresh_from_db()
    assert session.state == "held"
    assert "is impossible at" in session.state_reason
    assert Rating.objects.get().held[0]["code"] == "impossible_energy"
    assert (hold.state, hold.captured_minor) == ("authorised", 0)
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "899.000 kWh in 59 min is more than any charger can give."),
        ("de", "899,000 kWh in 59 min sind mehr, als eine Ladestation liefern kann."),
    ],
)
def test_it_says_what_the_charger_reported_in_the_guests_language(site, language, text):
    site.rate("guest")
    session, _ = guest(site)
    row = plug_in(site, session, at=minutes(1))
    row.case = Transaction.Case.IMPLAUSIBLE_ENERGY
    row.case_sentences = stored.build_sentence(CaseCode.TOO_MUCH_ENERGY, energy_kwh="899.000", took="59 min")
    site.stop(row, 900_000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    site.work(now=minutes(62))
    session.refresh_from_db()

    found = next(one for one in Rating.objects.get().held if one["code"] == "implausible_energy")

    assert found["sentences"] == [
        {"code": "case.too_much_energy", "facts": {"energy_kwh": "899.000", "took": "59 min"}}
    ]
    with translation.override(language):
        assert sentences.describe_reason(session, Rating.objects.get()) == text


def test_it_gives_back_what_was_held_when_a_person_waives(site):
    site.rate("guest")
    session, hold = guest(site)
    row = plug_in(site, session)
    site.stop(row, 900_000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))

    assert settle.waive(session.pk, reason="The meter was replaced.", now=minutes(62))
    assert not settle.waive(session.pk, reason="Again.", now=minutes(63))
    settle.resolve_holds(now=minutes(90))

    session.refresh_from_db()
    hold.refresh_from_db()
    assert (session.state, session.state_reason) == ("failed", "Waived: The meter was replaced.")
    assert hold.state == "voided"


def test_it_costs_nothing_when_no_energy_flowed(site):
    site.rate("guest")
    session, hold = guest(site)
    row = plug_in(site, session, at=minutes(1))
    site.stop(row, 1040, at=minutes(6))

    site.work(now=minutes(6))

    session.refresh_from_db()
    hold.refresh_from_db()
    assert (session.state, hold.state) == ("failed", "voided")
    assert session.state_reason == "40 Wh is less than the 100 Wh from which a session is billed."
    assert SimulatedPayment.objects.get().state == "canceled"


def test_it_takes_no_more_than_the_hold_and_says_what_is_left(site):
    site.rate("guest")
    session, _ = guest(site, amount_minor=200)
    row = plug_in(site, session)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")

    site.work(now=minutes(61))

    payment = Receipt.objects.get().document["payment"]
    assert (payment["captured_minor"], payment["outstanding_minor"]) == (200, 100)


def test_it_resumes_a_capture_whose_answer_was_lost(site):
    site.rate("guest")
    session, hold = guest(site, card=LOST_CAPTURE)
    row = plug_in(site, session)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    settle.catch_up(now=minutes(61))
    settle.settle_due(now=minutes(61))
    hold.refresh_from_db()
    assert (hold.state, hold.doubtful_operation) == ("unknown", "capture")
    assert not Receipt.objects.exists()

    settle.settle_due(now=minutes(62))

    hold.refresh_from_db()
    session.refresh_from_db()
    assert (session.state, hold.state, hold.captured_minor) == ("settled", "captured", 300)
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("killed_in", ["capture", "issue"])
def test_it_resumes_after_a_worker_was_killed_in_the_middle(site, monkeypatch, killed_in):
    site.rate("guest")
    session, _ = guest(site)
    row = plug_in(site, session)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    settle.catch_up(now=minutes(61))

    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*(holds, "apply") if killed_in == "capture" else (settle.receipts, "issue"), die)
        with pytest.raises(Killed):
            settle.settle_due(now=minutes(61))
    assert SimulatedPayment.objects.get().captured_minor == 300

    settle.settle_due(now=minutes(62))

    session.refresh_from_db()
    assert session.state == "settled"
    assert Receipt.objects.get().number == 1
    assert Rating.objects.filter(kind="final").count() == 1


def test_it_asks_again_about_a_payment_whose_answer_was_lost(site):
    site.rate("guest")
    session, hold = guest(site, card=LOST_AUTHORIZE)
    assert hold.state == "unknown"

    settle.resolve_holds(now=NOON + timedelta(seconds=11))

    hold.refresh_from_db()
    session.refresh_from_db()
    assert (hold.state, session.state) == ("authorised", "waiting")
    assert SimulatedPayment.objects.count() == 1


def test_it_lets_a_guest_try_another_card(site):
    site.rate("guest")
    session, refused = guest(site, card=DECLINED)
    assert (refused.state, refused.failure) == ("failed", "The card's bank declined the payment.")
    session.refresh_from_db()
    assert (session.state, session.state_reason) == ("failed", "The card's bank declined the payment.")

    _, second = guest(site, card=GOOD)

    assert second.state == "authorised"


def test_it_waits_for_the_bank_of_the_cardholder(site):
    site.rate("guest")
    _, hold = guest(site, card=CONFIRM)
    assert (hold.state, hold.next_action_url) == ("authorising", f"/processor/simulated/{hold.processor_ref}/")

    simulated.confirm(hold.processor_ref, accepted=True)

    assert holds.check(hold.pk, now=NOON).state == "authorised"


def test_it_holds_once_for_a_double_tap(site):
    site.rate("guest")
    session, hold = guest(site)

    again = holds.open_hold(session, amount_minor=4000, now=NOON)

    assert again == hold
    assert holds.authorize(again, card=GOOD, now=NOON).state == "authorised"
    assert SimulatedPayment.objects.count() == 1


def test_it_releases_the_hold_at_once_when_the_start_fails(site):
    site.rate("guest")
    session, hold = guest(site)

    assert settle.fail(session.pk, why=stored.free("The charger refused."), now=minutes(1))
    assert not settle.fail(session.pk, why=stored.free("Again."), now=minutes(1))

    hold.refresh_from_db()
    session.refresh_from_db()
    assert (hold.state, session.state, session.state_reason) == ("voided", "failed", "The charger refused.")


def test_it_gives_back_what_was_held_for_a_session_that_was_given_up_meanwhile(site):
    site.rate("guest")
    session, hold = guest(site, card=LOST_AUTHORIZE)
    Session.objects.filter(pk=session.pk).update(state="failed")

    settle.resolve_holds(now=NOON + timedelta(seconds=11))

    hold.refresh_from_db()
    assert hold.state == "voided"


def test_it_closes_a_session_whose_charger_fell_silent_at_its_last_reading(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.reading(row, 3500, at=minutes(30))
    site.heard(since=NOON, until=minutes(30))
    settle.close_silent(now=minutes(30 + 239))
    session.refresh_from_db()
    assert session.state == "charging"

    settle.close_silent(now=minutes(30 + 241))
    site.work(now=minutes(30 + 241))

    session.refresh_from_db()
    row.refresh_from_db()
    assert (session.state, session.stopped_at, row.case) == ("settled", minutes(30), "never_stopped")
    report = Receipt.objects.get().document["report"]
    assert (report["energy_wh"], report["total"], report["idle_minutes"]) == (2500, 200, 0)


def test_it_closes_a_session_when_another_transaction_began_there(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.reading(row, 3500, at=minutes(30))
    site.heard(since=NOON, until=minutes(60))
    site.transaction(id_token="OTHER", at=minutes(45))
    site.status("Charging", at=minutes(46))

    settle.close_silent(now=minutes(60))
    site.work(now=minutes(61))

    session.refresh_from_db()
    assert session.state == "settled"


def test_it_settles_when_another_plugged_in_though_nobody_said_the_plug_was_out(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.heard(since=NOON, until=minutes(90))
    site.stop(row, 6000, at=minutes(60))
    site.status("Finishing", at=minutes(60))
    site.work(now=minutes(80))
    session.refresh_from_db()
    assert session.state == "stopped"

    site.transaction(id_token="OTHER", at=minutes(85))
    site.status("Charging", at=minutes(86))
    site.work(now=minutes(90))

    session.refresh_from_db()
    assert session.state == "settled"
    assert Receipt.objects.get().document["report"]["idle_minutes"] == 0, "when the plug came out is not known"


def test_it_settles_a_session_whose_hold_expired_and_says_what_is_owed(site):
    site.rate("guest")
    session, hold = guest(site)
    row = plug_in(site, session)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    simulated.advance_clock(timedelta(days=400))

    site.work(now=minutes(61))

    hold.refresh_from_db()
    payment = Receipt.objects.get().document["payment"]
    assert (hold.state, payment["captured_minor"], payment["outstanding_minor"]) == ("expired", 0, 300)


def test_it_settles_a_session_without_a_rate_for_nothing(site):
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(60))

    site.work(now=minutes(61))

    session.refresh_from_db()
    assert session.state == "settled"
    assert session.state_reason == "Nothing is billed. Members have no rate at charger SUN001."


def test_it_captures_before_the_hold_expires_though_the_plug_is_still_in(site):
    site.rate("guest")
    session, hold = guest(site)
    row = plug_in(site, session)
    site.stop(row, 6000, at=minutes(60))
    site.status("Finishing", at=minutes(60))
    Hold.objects.filter(pk=hold.pk).update(capture_before=minutes(70) + timedelta(hours=12))
    site.heard(since=NOON, until=minutes(70))
    settle.catch_up(now=minutes(61))
    settle.settle_due(now=minutes(69))
    session.refresh_from_db()
    assert session.state == "stopped"

    settle.settle_due(now=minutes(75))

    session.refresh_from_db()
    assert session.state == "settled"
    assert Receipt.objects.get().document["report"]["idle_minutes"] == 5


@pytest.mark.parametrize(
    ("granted_by", "audience"),
    [
        ("local_group", "member"), ("stay", "member"), ("live_validation", "roaming"), ("roaming_always", "roaming"),
        ("reimbursement", "reimbursement"), ("guest_hold", "guest"), ("start_ordered", "member"),
    ],
)  # fmt: skip
def test_it_knows_who_pays_from_what_let_them_in(site, granted_by, audience):
    site.rate("guest", "member", "roaming", "reimbursement")
    row = site.transaction()

    session = site.begin(row, site.decision(granted_by=granted_by))

    assert session.audience == audience
    assert session.rate_version is not None


def test_it_costs_nothing_where_any_card_is_accepted(site):
    site.rate("member")

    session = site.begin(site.transaction(), site.decision(granted_by="accepts_any_token"))

    assert session.rate_version is None
    assert "accept any card" in session.rate_reason


def test_it_stores_inputs_that_give_the_same_price_again(site):
    from billing.engine import price
    from billing.engine.values import facts

    site.rate("member")
    row = site.transaction()
    site.begin(row)
    site.reading(row, 3500, at=minutes(30))
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))

    rating = Rating.objects.get(kind="final")

    known = facts.parse_session(rating.inputs["session"])
    assert price.price(rate=known.rate, facts=known.facts, zone=known.zone).total_minor == rating.total_minor
    assert catalogue.parse_version(Session.objects.get().rate_version) == known.rate


def test_a_stop_before_its_start_is_held_for_that_reason(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    row.early_stop_at = row.started_at - timedelta(minutes=2)
    row.save(update_fields=["early_stop_at"])
    site.stop(row, 1500, at=row.started_at, reason="EVDisconnected")

    site.work(now=minutes(61))

    session.refresh_from_db()
    assert session.state == "held"
    assert [doubt["code"] for doubt in Rating.objects.get().held] == ["stop_before_start"]
    assert "in 0 s" not in session.state_reason


@pytest.mark.parametrize("first_stops", [True, False])
def test_of_two_sessions_at_one_connector_at_one_time_one_is_held(site, first_stops):
    site.rate("member")
    rows = [site.transaction(at=minutes(begun)) for begun in (0, 20)]
    sessions = [site.begin(row) for row in rows]
    ends = (60, 70) if first_stops else (80, 70)
    for row, end in sorted(zip(rows, ends, strict=True), key=lambda pair: pair[1]):
        site.stop(row, 6000, at=minutes(end), reason="EVDisconnected")
        site.work(now=minutes(end + 1))

    for session in sessions:
        session.refresh_from_db()
    billed, held = sessions if first_stops else reversed(sessions)
    assert (billed.state, held.state) == ("settled", "held")
    assert held.state_reason == (
        f"For {'40' if first_stops else '50'} min of this session another one ran at the same connector, which charges "
        "one car at a time: the charger may have reported one charge twice."
    )
    assert "as_it_stands" in [offer.choice for offer in reviews.offers(held)]


def test_of_two_that_stopped_together_the_later_is_held(site):
    site.rate("member")
    rows = [site.transaction(at=minutes(begun)) for begun in (0, 20)]
    sessions = [site.begin(row) for row in rows]
    for row in rows:
        site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")

    site.work(now=minutes(61))

    for session in sessions:
        session.refresh_from_db()
    assert [session.state for session in sessions] == ["settled", "held"]


@pytest.mark.parametrize(("begins_wh", "state"), [(1100, "held"), (1260, "settled"), (0, "settled")])
def test_a_short_overlap_counts_where_the_meter_was_counted_twice(site, begins_wh, state):
    """0.3 kWh flowed and 0.46 were billed: they overlapped by half a minute. A register may begin anew each time."""
    site.rate("member")
    first = site.transaction(at=minutes(0), meter_start_wh=1000 if begins_wh else 0)
    second = site.transaction(at=minutes(9.5), meter_start_wh=begins_wh)
    sessions = [site.begin(row) for row in (first, second)]
    site.stop(first, 1260, at=minutes(10), reason="EVDisconnected")
    site.stop(second, 1400, at=minutes(20), reason="EVDisconnected")

    site.work(now=minutes(21))

    for session in sessions:
        session.refresh_from_db()
    assert [session.state for session in sessions] == ["settled", state]


def test_sessions_that_follow_each_other_by_a_clock_that_is_set_are_billed(site):
    site.rate("member")
    rows = [site.transaction(at=minutes(begun), meter_start_wh=wh) for begun, wh in ((0, 1000), (59, 6000))]
    sessions = [site.begin(row) for row in rows]
    for row, end, wh in zip(rows, (60, 90), (6000, 9000), strict=True):
        site.stop(row, wh, at=minutes(end), reason="EVDisconnected")

    site.work(now=minutes(91))

    for session in sessions:
        session.refresh_from_db()
    assert [session.state for session in sessions] == ["settled", "settled"]


def test_it_holds_a_session_whose_charger_has_a_clock_that_is_days_off(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    presence.clock_measured(site.charger, offset_s=-3 * 86_400, now=NOON)

    site.work(now=minutes(61))

    session.refresh_from_db()
    assert session.state == "held"
    assert session.state_reason == "The charger's clock is 72 h behind: its times cannot be believed."
    assert Rating.objects.get().held[0]["code"] == "clock_drift"
    assert [offer.choice for offer in reviews.offers(session)] == ["our_clock", "as_it_stands"]


def test_it_bills_what_a_person_chose_and_prices_it_the_same_from_what_is_stored(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.reading(row, 6000, at=minutes(30))
    site.stop(row, 900_000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))

    reviews.bill(session.pk, choice="last_trusted", expected_minor=300, now=minutes(62))
    site.work(now=minutes(63))

    rating = session.ratings.get(kind="final")
    assert Receipt.objects.get().rating == rating
    assert (rating.total_minor, rating.inputs["review"]) == (300, "last_trusted")
    assert session_facts.replay(rating.inputs).total_minor == 300
    assert "billed after a person's review" in rating.report["notes"][-1]


@pytest.mark.parametrize(
    ("first_after_s", "charging_after_s", "state"),
    [(120, None, "held"), (45, None, "stopped"), (600, 580, "stopped"), (600, 30, "held")],
)
def test_a_session_without_a_register_at_its_start_is_held_where_energy_may_be_lost(
    site, first_after_s, charging_after_s, state
):
    site.rate("member")
    row = site.transaction(at=NOON)
    Transaction.objects.filter(pk=row.pk).update(meter_start_wh=None, ocpp_version="2.0.1")
    row.refresh_from_db()
    site.begin(row, site.decision())
    if charging_after_s is not None:
        at = NOON + timedelta(seconds=charging_after_s)
        ChargingStateReport.objects.create(transaction=row, state="Charging", at=at, received_at=at)
    site.reading(row, 5000, at=NOON + timedelta(seconds=first_after_s))
    row.refresh_from_db()
    site.stop(row, 9000, at=minutes(60))
    settle.catch_up(now=minutes(61))

    session = Session.objects.get()
    assert session.state == state
    if state == "held":
        assert "SampledDataCtrlr.TxStartedMeasurands" in session.state_reason
        offers = reviews.offers(session)
        assert min(offer.energy_wh for offer in offers) == 4000


def test_a_stop_that_comes_after_the_session_was_closed_says_when_it_stopped(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.reading(row, 3500, at=minutes(30))
    settle.close_silent(now=minutes(30 + 241))
    site.work(now=minutes(30 + 241))
    late(site, row, stopped=minutes(63), received=minutes(300), wh=3500)
    late_stops.catch_up(now=minutes(300))

    session.refresh_from_db()
    assert session.stopped_at == minutes(63)
