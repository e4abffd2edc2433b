"""The terms of a property for what is held on a guest's card."""

import pytest

from authorization.models import AuditEntry
from billing.models import HoldPolicy

pytestmark = pytest.mark.django_db
PAGE = "/properties/sunset-1/holds/"
TERMS = {"do": "keep", "energy_kwh": "80", "least": "25.50", "most": "", "at_limit": "extend"}


def test_an_owner_sets_the_terms_and_takes_them_back(world, client_of):
    client = client_of(world.owner)
    assert "the defaults hold" in client.get(PAGE).content.decode()

    assert client.post(PAGE, TERMS).url == PAGE

    policy = HoldPolicy.objects.get()
    assert (policy.host, policy.property) == (world.host, world.site)
    assert (policy.energy_kwh, policy.least_minor, policy.most_minor, policy.at_limit) == (80, 2550, None, "extend")
    text = client.get(PAGE).content.decode()
    assert 'value="25.50"' in text
    assert client.post(PAGE, {"do": "default"}).url == PAGE
    assert not HoldPolicy.objects.exists()
    first, second = AuditEntry.objects.filter(verb="property.holds_set").order_by("id")
    assert (first.before, first.after["least_minor"]) == (None, 2550)
    assert (second.before["energy_kwh"], second.after) == (80, None)


def test_it_takes_an_amount_with_a_decimal_comma(world, client_of):
    client_of(world.owner).post(PAGE, TERMS | {"least": "25,50"})

    assert HoldPolicy.objects.get().least_minor == 2550


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"most": "20"}, "This is less than what is held at least."),
        ({"energy_kwh": "0"}, "greater than or equal to 1"),
        ({"at_limit": "hope"}, "hope is not one of the available choices"),
    ],
)
def test_it_says_what_is_wrong(world, client_of, wrong, sentence):
    answer = client_of(world.owner).post(PAGE, TERMS | wrong)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not HoldPolicy.objects.exists()


@pytest.mark.parametrize(
    ("currency", "least", "usual", "minor"),
    [
        ("JPY", "2500", "¥4,000, at fast chargers ¥8,000", 2500),
        ("HUF", "9500.50", "HUF 16,000.00, at fast chargers HUF 32,000.00", 9500_50),
        ("KWD", "0.500", "KWD 16.000, at fast chargers KWD 32.000", 500),
    ],
)  # fmt: skip
def test_it_names_the_currency_and_its_usual_amounts(world, client_of, currency, least, usual, minor):
    type(world.host).objects.filter(pk=world.host.pk).update(currency=currency)
    client = client_of(world.owner)
    text = client.get(PAGE).content.decode()
    assert f"At least ({currency})" in text
    assert usual in text.replace("\xa0", " ")

    assert client.post(PAGE, TERMS | {"least": least}).status_code == 302

    assert HoldPolicy.objects.get().least_minor == minor


@pytest.mark.parametrize(
    ("currency", "wrong", "sentence"),
    [
        ("USD", {"least": "9999999"}, "nobody could charge: write at most 500.00 USD."),
        ("USD", {"least": "", "most": "9999999"}, "write at most 1000.00 USD."),
        ("USD", {"least": "", "most": "1"}, "charging would end: write at least 5.00 USD."),
        ("JPY", {"least": "", "most": "499"}, "write at least 500 JPY."),
        ("KWD", {"least": "200.001"}, "write at most 200.000 KWD."),
    ],
)  # fmt: skip
def test_it_refuses_what_no_card_bears_and_what_covers_nothing(world, client_of, currency, wrong, sentence):
    type(world.host).objects.filter(pk=world.host.pk).update(currency=currency)

    answer = client_of(world.owner).post(PAGE, TERMS | wrong)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not HoldPolicy.objects.exists()


@pytest.mark.parametrize(("currency", "most"), [("USD", "1000"), ("HUF", "2000"), ("JPY", "100000")])
def test_it_takes_amounts_within_the_bounds(world, client_of, currency, most):
    type(world.host).objects.filter(pk=world.host.pk).update(currency=currency)

    assert client_of(world.owner).post(PAGE, TERMS | {"least": "", "most": most}).status_code == 302


def test_it_takes_no_more_decimals_than_the_currency_has(world, client_of):
    type(world.host).objects.filter(pk=world.host.pk).update(currency="JPY")

    answer = client_of(world.owner).post(PAGE, TERMS)

    assert "JPY has no decimals: write" in answer.content.decode()
    assert not HoldPolicy.objects.exists()


def test_an_agent_may_too(world, client_of):
    assert client_of(world.agent).post(PAGE, TERMS).status_code == 302


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_property_sees_nothing_of_it(world, client_of, person):
    client = client_of(getattr(world, person))

    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, TERMS).status_code == 404
    assert client.get("/properties/nowhere/holds/").status_code == 404
    assert not HoldPolicy.objects.exists()
