"""Access > budgets: set, changed and removed on the pages of a card and a group, with what is used this month."""

import re

import pytest

from authorization.models import AuditEntry, Budget, Membership, MobilityProvider, Token
from tests.kit import budgets as kit
from tests.kit.page_text import html_of, text_of

UID = "04A1B2C3D4"
ENERGY = {"measure": "kwh", "limit": "20"}


@pytest.fixture
def card(world):
    return f"/authorization/tokens/{world.member.pk}/"


@pytest.fixture
def form(card):
    return f"{card}budget/"


def test_it_sets_changes_and_removes_a_cards_budget(world, client_of, card, form):
    client = client_of(world.owner)
    kit.use(world.charger, UID, wh=12_400, at=kit.this_month())
    assert "None: neither the card nor a group of it has a budget." in text_of(client.get(card))

    assert client.post(form, ENERGY | {"stops_sessions": "on"}).headers["Location"] == card

    page = client.get(card)
    assert "12.4 of 20 kWh" in text_of(page)
    assert 'value="62"' in html_of(page)
    assert "A running session is stopped when it is used up." in text_of(page)
    assert "set its budget to 20 kWh a month" in text_of(page)
    again = client.get(form)
    assert (again.context["form"]["limit"].value(), again.context["form"]["stops_sessions"].value()) == ("20", True)

    client.post(form, {"measure": "money", "limit": "12,50"})
    changed = Budget.objects.get()
    assert (changed.limit_minor, changed.currency, changed.limit_wh, changed.stops_sessions) == (
        1250,
        "USD",
        None,
        False,
    )
    assert "$0.00 of $12.50" in text_of(client.get(card))

    client.post(form, {"do": "remove"})
    assert not Budget.objects.exists()
    assert "removed its budget of 12.50 USD a month" in text_of(client.get(card))
    assert AuditEntry.objects.latest("id").verb == "token.budget_removed"


def test_a_used_up_budget_shows_on_the_card_where_it_works_and_in_the_list(world, client_of, card):
    client = client_of(world.owner)
    kit.limit(world.member, kwh=20)
    other = Token.objects.create(host=world.host, uid="04FFEE0002", canonical_uid="04FFEE0002")
    assert "No card here has used up its budget" in text_of(client.get("/authorization/tokens/?budget=used_up"))

    kit.use(world.charger, UID, wh=20_000, at=kit.this_month())

    text = text_of(client.get(card))
    assert "20 of 20 kWh used up" in text
    assert "The month's budget is used up" in text.replace("&#x27;", "'")
    listed = html_of(client.get("/authorization/tokens/?budget=used_up"))
    assert UID in listed
    assert other.uid not in listed
    assert "checked" in listed


def test_testing_the_card_shows_the_step(world, client_of):
    kit.limit(world.member, kwh=20)
    kit.use(world.charger, UID, wh=20_000, at=kit.this_month())

    text = text_of(client_of(world.owner).get(f"/authorization/test/?uid={UID}&kind=authorize&place=charger:CP1"))

    assert "Card 04A1B2C3D4 (SUN-1) has used up its budget: 20 of 20 kWh in" in text
    assert "Open the card: it shows what was used, and takes a budget of its own." in text


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({"measure": "kwh", "limit": ""}, "This field is required."),
        ({"measure": "kwh", "limit": "0"}, "This must be more than 0: to refuse the card, block it."),
        ({"measure": "kwh", "limit": "-5"}, "Ensure this value is greater than or equal to 0."),
        ({"measure": "kwh", "limit": "1.2345"}, "Write at most 3 decimals."),
        ({"measure": "money", "limit": "1.255"}, "Write at most 2 decimals."),
        ({"measure": "hours", "limit": "5"}, "Select a valid choice"),
        ({"measure": "kwh", "limit": "a lot"}, "Enter a number."),
    ],
    ids=str,
)
def test_it_says_what_is_wrong_and_keeps_what_was(world, client_of, form, sent, complaint):
    kit.limit(world.member, kwh=7)

    response = client_of(world.owner).post(form, sent)

    assert response.status_code == 200
    assert complaint in text_of(response)
    assert Budget.objects.get().limit_wh == 7000


def test_a_group_limits_each_card_and_all_together(world, client_of):
    client = client_of(world.owner)
    address, page = f"/authorization/groups/{world.group.pk}/budget/", "/authorization/groups/residents/"
    kit.use(world.charger, UID, wh=20_000, at=kit.this_month())

    assert client.post(f"{address}card/", ENERGY).headers["Location"] == page
    client.post(f"{address}group/", {"measure": "kwh", "limit": "500"})

    text = text_of(client.get(page))
    assert "20 kWh a month" in text
    assert "1 of 1 card has used up this month's." in text
    assert "20 of 500 kWh" in text
    assert re.search(r"SUN-1 – 20 of 20 kWh used up", text)
    verbs = AuditEntry.objects.order_by("id").values_list("verb", "after__scope")
    assert list(verbs) == [("token_group.budget_set", "card"), ("token_group.budget_set", "group")]
    client.post(f"{address}card/", {"do": "remove"})
    assert Budget.objects.get().scope == "group"


def test_the_card_tells_which_groups_limit_it_and_which_does_not(world, client_of, card):
    kit.limit(world.group, kwh=20)
    kit.limit(world.group, limit_minor=50_000, currency="USD", scope="group")
    client = client_of(world.owner)

    text = text_of(client.get(card))
    assert "0 of 20 kWh" in text
    assert "What Residents allows each of its cards." in text
    assert "All cards of Residents together." in text

    staff = world.group.__class__.objects.create(host=world.host, slug="staff", name="Staff")
    world.member.groups.add(staff)
    assert "“Staff” has no budget: where it lets the card in, nothing is limited." in text_of(client.get(card))


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 404), ("stranger", 404), ("agent", 200)])
def test_its_forms_are_for_managers(world, client_of, form, person, status):
    client = client_of(getattr(world, person))
    group = f"/authorization/groups/{world.group.pk}/budget/card/"

    assert [client.get(form).status_code, client.get(group).status_code] == [status, status]
    if status == 404:
        assert [client.post(form, ENERGY).status_code, client.post(group, ENERGY).status_code] == [404, 404]
        assert not Budget.objects.exists()


def test_a_providers_card_and_an_unknown_scope_have_no_form(world, client_of):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="EMS")
    foreign = Token.objects.create(msp=msp, uid="04FFEE0003", canonical_uid="04FFEE0003")
    client = client_of(world.agent)

    assert client.get(f"/authorization/tokens/{foreign.pk}/budget/").status_code == 404
    assert client.get(f"/authorization/groups/{world.group.pk}/budget/everybody/").status_code == 404


def test_who_may_not_see_money_reads_a_share(world, client_of, card):
    kit.price(world.host, world.site)
    kit.limit(world.member, limit_minor=1000, currency="USD")
    kit.use(world.charger, UID, wh=10_000, at=kit.this_month())
    Membership.objects.filter(user=world.teammate).update(role="operator")

    hidden, shown = (text_of(client_of(person).get(card)) for person in (world.teammate, world.owner))

    assert "50 %" in hidden
    assert "$5.00" not in hidden
    assert "$5.00 of $10.00" in shown
