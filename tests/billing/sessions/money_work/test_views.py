"""Money's work list: what waits for a person, for the host and for agents, and who is offered what."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from authorization.models import ApiKey
from billing.models import Refund, Session
from billing.payments.processors import simulated
from chargers.models import Connector, Property
from tests.kit import charging
from tests.kit.callers import Api
from tests.kit.world import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
ASKED = {"reason": "goodwill", "fault": "host", "explanation": "Sorry.", "confirmed": "yes"}


@pytest.fixture
def paid(world) -> Session:
    """A guest paid 9.00."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return charging.guest(world.charger)


def text_of(client, page="/money/"):
    return " ".join(client.get(page).content.decode().split())


def ask(client, session, amount):
    client.post(f"/sessions/{session.pk}/refund/", ASKED | {"amount": amount})
    return Refund.objects.order_by("-id").first()


def test_it_has_all_that_waits_for_a_person(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 2
    client = client_of(world.owner)
    assert "Nothing waits for you." in text_of(client)
    ask(client, paid, "3")
    charging.receivable(paid)
    contested = charging.guest(world.charger, at=charging.YESTERDAY - charging.timedelta(hours=6))
    simulated.dispute(contested.holds.get().processor_ref)
    ask(client, contested, "1")
    charging.dispute(contested)
    held = charging.charge(world.charger, at=charging.YESTERDAY - charging.timedelta(hours=12), wh=9_000_000)

    for one in (client, client_of(world.agent)):
        text = text_of(one)
        for part in ("waiting", "refused", "disputes", "owed", "held"):
            assert f'id="{part}"' in text
        assert f"/sessions/{held.pk}/" in text
    front = text_of(client, "/")
    assert "1 refund waits for a second person" in front
    assert "1 refund was refused by the processor" in front
    assert "1 payment is contested by its cardholder" in front
    assert "1 amount was not collected" in front
    assert "Nothing waits for you." in text_of(client_of(world.stranger))
    cases = text_of(client_of(world.agent), "/books/cases/")
    assert "Refunds that wait for a second person" in cases
    assert f"/sessions/{held.pk}/" in cases.split('id="held"')[1]


def test_who_asked_is_not_offered_to_agree(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 2
    first = client_of(world.owner)
    second = client_of(make_user("second@example.com", world.host, "owner"))
    ask(first, paid, "3")
    page = f"/sessions/{paid.pk}/"

    assert "Agree and send" not in text_of(first, page)
    assert "Somebody else has to agree" in text_of(first, page)
    assert "Somebody else has to agree" in text_of(first)
    assert "Agree and send" in text_of(second, page)
    assert ">Decide<" in text_of(second)


def test_a_read_only_member_is_offered_no_decision(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 2
    ask(client_of(world.owner), paid, "3")

    text = text_of(client_of(world.teammate))

    assert 'id="waiting"' in text
    assert "An owner, a manager or finance decides" in text
    assert ">Decide<" not in text


def test_a_read_only_member_is_asked_for_no_decision_by_the_dashboard(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 2
    ask(client_of(world.owner), paid, "3")
    contested = charging.guest(world.charger, at=charging.YESTERDAY - charging.timedelta(hours=6))
    simulated.dispute(contested.holds.get().processor_ref)
    ask(client_of(world.owner), contested, "1")

    text = text_of(client_of(world.teammate), "/")

    assert "What needs attention" in text
    assert "What needs you" not in text
    assert "The guest is promised nothing until somebody agrees. An owner, a manager or finance decides." in text
    assert "Send it again, or note" not in text
    assert "An owner, a manager or finance sends it again" in text
    assert "Send it again, or note" in text_of(client_of(world.owner), "/")


def test_it_has_the_complaints_that_wait_for_the_host(world, paid, client_of):
    complaint = charging.complaint(paid)

    mine, theirs = text_of(client_of(world.owner)), text_of(client_of(world.teammate))

    for text in (mine, theirs):
        assert 'id="complaints"' in text
        assert complaint.text in text
        assert f"/sessions/{paid.pk}/#complaints" in text
    assert ">Answer<" in mine
    assert ">Answer<" not in theirs
    assert 'href="/money/#complaints"' in text_of(client_of(world.owner), "/")
    assert "Nothing waits for you." in text_of(client_of(world.stranger))


@pytest.mark.parametrize(("made_by", "may"), [("owner", False), ("second", True), (None, False)])
def test_who_asked_by_an_api_key_cannot_agree_by_login(world, paid, client_of, settings, made_by, may):
    """A key acts for the person who made it; one that names nobody, for each owner of its host."""
    settings.REFUND_ALONE_UP_TO = 2
    second = make_user("second@example.com", world.host, "finance")
    person = {"owner": world.owner, "second": second, None: None}[made_by]
    _, key = ApiKey.objects.create_key(name="till", host=world.host, made_by=person)
    asked = {"amount_minor": 300, "reason": "goodwill", "explanation": "Sorry."}
    made = Api(str(key)).post(f"sessions/{paid.pk}/refunds/", asked).json()
    owner = client_of(world.owner)
    offered = "Agree and send" in text_of(owner, f"/sessions/{paid.pk}/")
    listed = ">Decide<" in text_of(owner)

    told = owner.post(f"/sessions/refunds/{made['id']}/", {"do": "approve"}, follow=True).content.decode()

    assert made["state"] == "waiting"
    assert (offered, listed) == (may, may)
    assert ("An API key that acts for you asked for this refund" in told) is not may
    assert (Refund.objects.get().state == "done") is may
    if made_by is None:
        client_of(second).post(f"/sessions/refunds/{made['id']}/", {"do": "approve"})
        assert Refund.objects.get().state == "done"


def test_the_limit_of_one_person_counts_all_refunds_of_the_session(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 5
    client = client_of(world.owner)

    states = [ask(client, paid, amount).state for amount in ("3", "2", "0.01")]

    assert states == ["done", "done", "waiting"]


def test_the_likely_choice_is_the_primary_one_and_the_guest_knows_of_the_hold(world, paid, client_of):
    Connector.objects.update(max_power_w=11_000)
    Property.objects.update(contact_email="host@example.com", contact_phone="+1 555 0100")
    held = charging.guest(world.charger, at=charging.YESTERDAY - charging.timedelta(hours=12), wh=900_000)
    assert held.state == "held"

    page = text_of(client_of(world.owner), f"/sessions/{held.pk}/")
    guest = text_of(Client(), f"/s/{held.secret}/")

    assert page.count("button-main") == 1
    assert 'class="button button-main button-small">Bill $' in page
    assert 'class="button">Bill nothing' in page
    assert "Bill what the connector can deliver" in page
    assert "$40.00 stays held on your card ending 4242 until the host has decided" in guest
    assert "mailto:host@example.com" in guest
    assert "+1 555 0100" in guest


def test_moments_are_told_by_the_propertys_clock_and_name_it(world, paid, client_of, settings):
    """01:30 UTC on the 10th is the evening of the 9th in New York, on this page as on the session's."""
    settings.REFUND_ALONE_UP_TO = 2
    ask(client_of(world.owner), paid, "3")
    Refund.objects.update(created_at=datetime(2026, 3, 10, 1, 30, tzinfo=UTC))

    listed, cases = text_of(client_of(world.owner)), text_of(client_of(world.agent), "/books/cases/")

    assert "9 Mar 2026, 21:30 EDT" in listed
    assert "9 Mar 2026" in cases
    assert "10 Mar 2026" not in listed + cases
    assert "Times in UTC" not in listed + cases


def test_a_long_reason_is_cut_between_words(world, paid, client_of):
    charging.complaint(paid, text="The cable did not come out although " + "extraordinarily " * 40)

    for page in ("/", "/money/"):
        text = text_of(client_of(world.owner), page)
        cut = re.search(r"The cable did not come out although ([a-z ]+) ?…", text)
        assert cut
        assert set(cut[1].split()) == {"extraordinarily"}


def test_who_may_not_see_is_not_assured_that_all_is_well(world, paid, client_of):
    operator = make_user("operator@example.com", world.host, "operator")
    client = client_of(operator)

    assert "Money is not in your role" in text_of(client)
    assert "Nothing needs you." in text_of(client, "/")
    operator.memberships.all().delete()

    text = text_of(client, "/")
    assert "You have access to no host" in text
    assert "Nothing needs you" not in text
