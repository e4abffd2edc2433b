"""Sessions > one > Refund: shown before it is sent, a second person above the limit, told on the guest's receipt."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import RateVersion, Receipt, Refund, SimulatedPayment
from chargers.models import Property
from tests.kit import charging
from tests.kit.callers import Api, make_key
from tests.kit.logging_in import after_log_in, logged_in
from tests.kit.world import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SAID = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble."}


@pytest.fixture
def paid(world):
    """A guest paid 9.00: 1.00 to connect and 8.00 for 20 kWh."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    assert Receipt.objects.get().rating.total_minor == 900
    return session


def text_of(response) -> str:
    return response.content.decode()


def plain(page: str) -> str:
    """What is read: without tags and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace(" .", ".")


def owing(world):
    """A guest of whom 5.00 were held, and 4.00 of the 9.00 are owed."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger, held_minor=500)


def test_it_shows_what_would_go_back_before_it_does(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"

    shown = client.post(page, {**SAID, "lines": ["connection"]})
    assert "$1.00 to refund" in text_of(shown)
    assert not Refund.objects.exists()
    done = client.post(page, {**SAID, "lines": ["connection"], "confirmed": "yes"}, follow=True)

    assert "$1.00 is given back; credit note C" in text_of(done)
    assert "Sorry for the trouble." in text_of(done)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after["total_minor"]) == ("refund.asked", 100)


def test_the_guest_reads_it_on_the_receipt(world, paid, client_of):
    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "2.50", "confirmed": "yes"})

    text = text_of(Client().get(f"/s/{paid.secret}/receipt/"))

    assert "$2.50 was given back (credit note C" in text
    assert "Sorry for the trouble." in text
    assert "$9.00" in text, "the receipt itself stays as it was"


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Choose lines, or type an amount"),
        ({"amount": "1", "lines": ["connection"]}, "Choose lines, or type an amount"),
        ({"amount": "9.01"}, "At most $9.00"),
        ({"amount": "1.005"}, "USD has at most 2 decimals: write 1.00 or 1.01."),
        ({"amount": "1,234"}, "1,234 can be read in two ways. Write 1.234 or 1234."),
        ({"amount": "one"}, "Enter a number."),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"lines": ["idle"]}, "not one of the available choices"),
        ({"amount": "1", "explanation": ""}, "This field is required"),
        ({"amount": "1", "reason": ""}, "This field is required"),
    ],
)
def test_it_says_what_is_wrong_and_gives_nothing_back(world, paid, client_of, changes, told):
    response = client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "confirmed": "yes", **changes})

    assert told in text_of(response)
    assert text_of(response).count('class="errorlist') == 1, "one cause, one sentence"
    assert not Refund.objects.exists()


def test_it_takes_an_amount_with_a_decimal_comma(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"

    asked = text_of(client.get(page))
    client.post(page, {**SAID, "amount": "1,50", "confirmed": "yes"})

    assert re.search(r'<input type="text" name="amount"[^>]*inputmode="decimal"', asked)
    assert "With tax, such as 1.50." in asked
    assert Refund.objects.get().total_minor == 150


def test_a_line_that_cannot_be_given_back_in_full_is_not_offered(world, paid, client_of):
    """5.00 of 9.00 went back by amount: the connection's 1.00 still can, the energy's 8.00 cannot."""
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"
    before = text_of(client.get(page))
    client.post(page, {**SAID, "amount": "5", "confirmed": "yes"})

    text = text_of(client.get(page))
    forced = text_of(client.post(page, {**SAID, "lines": ["energy"], "confirmed": "yes"}))

    assert 'value="energy"' in before
    assert "Energy, $8.00" in before
    assert 'value="connection"' in text
    assert 'value="energy"' not in text
    assert "Energy, $8.00, not as a whole: Only $4.00 is left to give back: type an amount up to that." in plain(text)
    assert "not one of the available choices" in forced
    assert Refund.objects.count() == 1


def test_a_second_person_agrees_above_the_limit(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 5
    first, second = client_of(world.owner), client_of(make_user("second@example.com", world.host, "owner"))
    asked = first.post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "6", "confirmed": "yes"}, follow=True)
    answer = f"/sessions/refunds/{Refund.objects.get().pk}/"
    assert "waits for a second person" in text_of(asked)
    for page in (f"/s/{paid.secret}/", f"/s/{paid.secret}/receipt/"):
        assert "Whether something is given back is being looked at." in text_of(Client().get(page))

    alone = first.post(answer, {"do": "approve"}, follow=True)
    agreed = second.post(answer, {"do": "approve"}, follow=True)

    assert "a second person has to agree" in text_of(alone)
    assert "$6.00 is given back" in text_of(agreed)
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == ["refund.asked", "refund.approved"]


def test_it_suggests_the_connection_fee_of_a_restart(world, paid, client_of):
    """At a rate that takes the fee each time; else the price engine waives it by itself."""
    RateVersion.objects.update(definition=charging.PLAIN | {"connection_restart_min": 0})
    again = charging.guest(world.charger, at=paid.stopped_at)

    text = text_of(client_of(world.owner).get(f"/sessions/{again.pk}/refund/"))

    assert "a restart within 30 minutes is one connection" in text
    assert 'href="?lines=connection&amp;reason=charged_twice"' in text
    assert "Warnings" not in text_of(client_of(world.owner).get(f"/sessions/{paid.pk}/refund/"))


def test_it_gives_back_the_price_of_charging_time(world, client_of):
    Property.objects.update(access="guest")
    timed = charging.PLAIN | {"time": {"per_hour": "2.00"}}
    charging.assign(charging.make_rate(world.host, definition=timed), world.site, "guest")
    page = f"/sessions/{charging.guest(world.charger).pk}/refund/"

    asked = text_of(client_of(world.owner).get(page))
    shown = text_of(client_of(world.owner).post(page, {**SAID, "lines": ["time"]}))

    assert "Charging time" in asked
    assert "$3.97 to refund" in shown, "119 minutes at 2.00 an hour"


def test_it_says_beforehand_which_way_the_money_goes(world, client_of):
    session = owing(world)
    client, page = client_of(world.owner), f"/sessions/{session.pk}/refund/"

    both = plain(text_of(client.post(page, {**SAID, "amount": "4.50"})))
    Client().post(f"/s/{session.secret}/rest/", {"card": "4242424242424242", "pay": "yes"})
    cards = plain(text_of(client.post(page, {**SAID, "amount": "5.20"})))

    assert "$4.00 reduces what is still owed, $0.50 goes back to the card ending 4242." in both
    assert "$5.20 goes back to the card ending 4242 ($5.00) and the card ending 4242 ($0.20)." in cards
    assert not Refund.objects.exists()


def test_the_sessions_page_and_the_guest_read_both_ways(world, client_of):
    session = owing(world)
    done = client_of(world.agent).post(
        f"/sessions/{session.pk}/refund/", {**SAID, "amount": "4.50", "confirmed": "yes"}, follow=True
    )

    text = plain(text_of(done))
    assert "$4.00 less is owed. $0.50 went back to the card ending 4242." in text
    assert "$4.00 less is owed" in text
    assert "Not owed any more: settled by a refund" in text
    guest = plain(text_of(Client().get(f"/s/{session.secret}/")))
    assert "$4.00 less to pay." in guest
    assert "$0.50 back to the card ending 4242." in guest


def test_what_the_processor_refused_is_sent_again_or_given_back_another_way(world, paid, client_of):
    client = client_of(world.owner)
    SimulatedPayment.objects.update(refunded_minor=850)
    refused = text_of(
        client.post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "2", "confirmed": "yes"}, follow=True)
    )
    answer = f"/sessions/refunds/{Refund.objects.get().pk}/"
    assert "The processor refused" in refused
    assert "Send it again" in refused
    assert "could not go back to the card ending 4242" in refused

    still = text_of(client.post(answer, {"do": "again"}, follow=True))
    silent = text_of(client.post(answer, {"do": "otherwise", "how": " "}, follow=True))
    by_hand = text_of(client.post(answer, {"do": "otherwise", "how": "In cash, at the desk."}, follow=True))

    assert "The processor refused" in still
    assert "Say how it was given back" in silent
    assert "$2.00 was given back another way." in by_hand
    assert "“In cash, at the desk.”" in by_hand
    assert "In cash, at the desk." in text_of(Client().get(f"/s/{paid.secret}/"))
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["refund.asked", "refund.sent_again", "refund.given_otherwise"]


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_others_answer_no_refusal(world, paid, client_of, person):
    refund = charging.refund(paid)
    Refund.objects.update(state="refused")

    for do in ("again", "otherwise"):
        answer = client_of(getattr(world, person)).post(f"/sessions/refunds/{refund.pk}/", {"do": do, "how": "x"})
        assert answer.status_code == 404
    refund.refresh_from_db()
    assert refund.state == "refused"


def test_a_program_reads_each_part(world):
    session = owing(world)
    api = Api(make_key(world.host))

    made = api.post(
        f"sessions/{session.pk}/refunds/", {"amount_minor": 450, "reason": "goodwill", "explanation": "x"}
    ).json()

    assert [(part["way"], part["last4"], part["amount_minor"], part["state"]) for part in made["parts"]] == [
        ("owed", "", 400, "done"),
        ("card", "4242", 50, "done"),
    ]
    owed = api.get("receivables/").json()["results"][0]
    assert (owed["amount_minor"], owed["reduced_minor"], owed["left_minor"], owed["state"]) == (400, 400, 0, "reduced")


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_others_give_nothing_back(world, paid, client_of, person):
    client = client_of(getattr(world, person))
    page = f"/sessions/{paid.pk}/refund/"

    assert client.get(page).status_code == 404
    assert client.post(page, {**SAID, "amount": "1", "confirmed": "yes"}).status_code == 404
    assert not Refund.objects.exists()


def test_a_hosts_own_program_gives_back(world, paid):
    api = Api(make_key(world.host))

    made = api.post(f"sessions/{paid.pk}/refunds/", {"lines": ["connection"], "reason": "goodwill", "explanation": "x"})
    wrong = api.post(f"sessions/{paid.pk}/refunds/", {"amount_minor": 9000, "reason": "goodwill", "explanation": "x"})
    listed = api.get(f"sessions/{paid.pk}/refunds/").json()

    assert (made.status_code, made.json()["state"], made.json()["total_minor"]) == (201, "done", 100)
    assert "At most 8.00 USD" in wrong.json()["detail"]
    assert [one["credit_note"] for one in listed] == [made.json()["credit_note"]]
    stranger = Api(make_key(world.stranger.memberships.get().host))
    assert stranger.get(f"sessions/{paid.pk}/refunds/").status_code == 404
    assert AuditEntry.objects.get().actor.startswith("api:")


def test_the_same_refund_again_has_to_be_meant(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"
    asked = {**SAID, "amount": "1.50", "confirmed": "yes"}
    client.post(page, asked)

    warned = text_of(client.post(page, asked))
    other = client.post(page, asked | {"amount": "1.51"})

    assert "The same refund of $1.50 was asked for less than a minute ago, credit note C" in warned
    assert 'name="confirm_repeat"' in warned
    assert other.status_code == 302
    assert Refund.objects.count() == 2
    assert client.post(page, asked | {"confirm_repeat": "yes"}).status_code == 302
    assert Refund.objects.count() == 3


def test_a_program_that_repeats_a_refund_is_shown_the_first(world, paid):
    api, address = Api(make_key(world.host)), f"sessions/{paid.pk}/refunds/"
    asked = {"amount_minor": 150, "reason": "goodwill", "explanation": "x"}
    first = api.post(address, asked).json()

    again = api.post(address, asked)
    meant = api.post(address, asked | {"confirm_repeat": True})

    assert (again.status_code, again.json()["first_refund"]) == (409, first["id"])
    assert first["credit_note"] in again.json()["detail"]
    assert meant.status_code == 201
    assert Refund.objects.count() == 2


def test_the_same_refund_a_while_later_asks_nothing(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"
    client.post(page, {**SAID, "amount": "1.50", "confirmed": "yes"})
    Refund.objects.update(created_at=datetime.now(tz=UTC) - timedelta(minutes=16))

    assert client.post(page, {**SAID, "amount": "1.50", "confirmed": "yes"}).status_code == 302
    assert Refund.objects.count() == 2


def test_a_members_refund_is_settled_by_the_host_and_changes_nothing_that_we_owe(world, client_of):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    session = charging.charge(world.charger)
    assert Receipt.objects.get().collected_by == "host"
    client, page = client_of(world.owner), f"/sessions/{session.pk}/refund/"

    shown = plain(text_of(client.post(page, {**SAID, "amount": "2"})))
    done = plain(text_of(client.post(page, {**SAID, "amount": "2", "confirmed": "yes"}, follow=True)))

    name = world.host.name
    assert f"{name} collected it and settles this with the member; what we owe {name} does not change." in shown
    assert "taken off" not in shown
    assert f"{name} settles $2.00 with the member: what we owe does not change." in done
    assert "less is owed" not in done


def test_above_the_limit_the_button_asks_a_second_person(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 5
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"

    above = text_of(client.post(page, {**SAID, "amount": "6"}))
    below = text_of(client.post(page, {**SAID, "amount": "4"}))

    assert "Ask a second person for $6.00" in above
    assert "Give back $6.00" not in above
    assert "Give back $4.00" in below


def test_a_stolen_session_gives_nothing_back_without_the_password(world, paid):
    """Who stole a cookie, and had charged there himself, could pay himself back."""
    page = f"/sessions/{paid.pk}/refund/"
    stolen = logged_in(world.owner)

    shown = stolen.post(page, {**SAID, "lines": ["connection"]})
    asked = stolen.post(page, {**SAID, "lines": ["connection"], "confirmed": "yes"})

    assert "$1.00 to refund" in text_of(shown)
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not Refund.objects.exists()
    done = stolen.post(asked.headers["Location"], {"password": PASSWORD}, follow=True)
    assert "$1.00 is given back; credit note C" in text_of(done)
    assert Refund.objects.get().explanation == "Sorry for the trouble."


def test_the_log_in_keeps_what_was_typed_after_a_suggestion(world, paid):
    """An address with a query was only shown anew after the log-in, and nothing was given back."""
    stolen = logged_in(world.owner)
    sent = {**SAID, "amount": "2", "confirmed": "yes"}

    asked = stolen.post(f"/sessions/{paid.pk}/refund/?lines=connection&reason=goodwill", sent)
    stolen.post(asked.headers["Location"], {"password": PASSWORD})

    assert Refund.objects.get().total_minor == 200


def test_what_is_wrong_in_a_refund_is_said_without_a_log_in(world, paid):
    wrong = logged_in(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "90", "confirmed": "yes"})

    assert wrong.status_code == 200
    assert not Refund.objects.exists()


@pytest.mark.parametrize("do", ["approve", "again", "otherwise"])
def test_a_stolen_session_answers_no_refund_without_the_password(world, paid, do):
    after_log_in(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "6", "confirmed": "yes"})
    stolen = logged_in(make_user("second@example.com", world.host, "finance"))

    asked = stolen.post(f"/sessions/refunds/{Refund.objects.get().pk}/", {"do": do, "how": "In cash."})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")


def test_a_refund_is_declined_without_a_log_in(world, paid):
    after_log_in(world.owner).post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "6", "confirmed": "yes"})
    second = logged_in(make_user("second@example.com", world.host, "finance"))

    declined = second.post(f"/sessions/refunds/{Refund.objects.get().pk}/", {"do": "decline"})

    assert declined.headers["Location"] == f"/sessions/{paid.pk}/"


def test_a_stolen_session_gives_no_offer_without_the_password(world, paid):
    offer = charging.offer(paid)
    stolen = logged_in(world.owner)

    asked = stolen.post(f"/sessions/offers/{offer.pk}/", {"answer": "give"})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not Refund.objects.exists()
    stolen.post(asked.headers["Location"], {"password": PASSWORD})
    assert Refund.objects.get().total_minor == 100
