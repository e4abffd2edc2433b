"""Set-up: what a host still needs, computed from what is stored."""

import uuid
from datetime import UTC, datetime

import pytest

from backoffice.portal.onboarding import onboarding
from billing.models import BankAccount, PropertyTax, Session
from billing.payouts.payees import agreements
from billing.payouts.payees.agreements import Scope
from chargers.models import Charger, Host, Property
from tests.kit import charging

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def missing(host):
    return {step.code for step in onboarding.of_host(host).steps if not step.is_done}


@pytest.fixture
def fresh(db):
    return Host.objects.create(slug="fresh", name="Fresh Stays", currency="EUR", country="NL")


def test_a_new_host_lacks_everything_and_begins_with_its_company(fresh):
    found = onboarding.of_host(fresh)

    assert [step.code for step in found.steps if not step.is_done] == [
        "company",
        "property",
        "charger",
        "connection",
        "rate",
        "admission",
        "tax",
        "bank_account",
        "identity",
        "agreement",
        "label",
    ]
    assert (found.done, found.next.code) == (0, "company")


def test_each_step_closes_once_it_is_true(world, client_of):
    host, everything = world.host, missing(world.host)
    assert everything == {
        "company",
        "property",
        "connection",
        "rate",
        "admission",
        "tax",
        "bank_account",
        "identity",
        "agreement",
        "label",
    }

    Host.objects.filter(pk=host.pk).update(legal_address="12 Shore Rd", tax_number="12-3456789")
    host.refresh_from_db()
    assert "company" not in missing(host)
    Property.objects.filter(pk=world.site.pk).update(address="12 Shore Rd", city="Key West", country="US")
    assert "property" in missing(host)
    Property.objects.filter(pk=world.site.pk).update(contact_phone="+1 305 555 0100")
    assert "property" not in missing(host)
    Charger.objects.update(last_message_at=NOW)
    assert "connection" not in missing(host)
    charging.assign(charging.make_rate(host), world.site, "guest")
    assert "rate" not in missing(host)
    assert "admission" in missing(host)
    Property.objects.filter(pk=world.site.pk).update(access="guest")
    assert "admission" not in missing(host)
    PropertyTax.objects.create(property=world.site, percentage=7, valid_from=NOW, created_at=NOW)
    assert "tax" not in missing(host)
    client_of(world.owner).get("/chargers/CP1/label/labels.pdf")
    assert missing(host) == {"bank_account", "identity", "agreement"}
    agreements.agree(
        Scope(host=host, currency="USD"), valid_from=NOW, by="user:agent@example.com", now=NOW, way="bank_file"
    )
    assert missing(host) == {"bank_account"}


def test_a_rate_that_states_its_percentages_needs_no_tax_of_the_property(world):
    plain = charging.make_rate(world.host)
    charging.assign(plain, world.site, "guest")
    assert "tax" in missing(world.host)

    plain.definition = plain.definition | {"tax": {"mode": "inclusive", "rates": {"energy": "7"}}}
    plain.save()

    assert "tax" not in missing(world.host)


@pytest.mark.parametrize(
    ("access", "audience", "words", "href"),
    [
        (
            "private",
            "guest",
            "Sunset 1 is private: guests who scan the QR code are refused",
            "/properties/sunset-1/#access",
        ),
        ("private", "roaming", "Sunset 1 does not admit roaming drivers", "/properties/sunset-1/#access"),
        ("guest", "member", "Sunset 1 admits guests, but they cannot pay", "/rates/grid/?host=sunset"),
    ],
)
def test_a_rate_for_people_who_are_not_admitted_is_named_in_set_up_and_beside_the_rates(
    world, client_of, access, audience, words, href
):
    charging.assign(charging.make_rate(world.host), world.site, audience)
    Property.objects.update(access=access)
    client = client_of(world.owner)

    pages = {path: client.get(path).content.decode() for path in ("/start/sunset/", "/rates/", "/rates/grid/")}

    assert [path for path, page in pages.items() if words not in page] == []
    assert f'href="{href}"' in pages["/start/sunset/"]


@pytest.mark.parametrize(
    ("access", "audience"), [("private", "member"), ("guest", "guest"), ("public_roaming", "guest")]
)
def test_rates_of_people_who_are_admitted_need_nothing(world, client_of, access, audience):
    charging.assign(charging.make_rate(world.host), world.site, audience)
    Property.objects.update(access=access)

    assert "admission" not in missing(world.host)
    assert "state-warn" not in client_of(world.owner).get("/rates/grid/").content.decode()


def test_the_dashboard_shows_the_next_step_until_somebody_has_charged(world, client_of):
    client = client_of(world.owner)
    before = client.get("/").content.decode()
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    charging.guest(world.charger)

    assert "Set up Sunset Stays" in before
    assert "Next: your company on receipts." in before
    assert "Set up Sunset Stays" not in client.get("/").content.decode()
    assert "Set up Sunset Stays" not in client_of(world.teammate).get("/").content.decode()


def test_a_declined_card_is_nobody_who_has_charged(world, client_of):
    Session.objects.create(
        id=uuid.uuid4(),
        secret="declined",
        host=world.host,
        property=world.site,
        charger=world.charger,
        state="failed",
        opened_at=datetime.now(tz=UTC),
    )

    assert "Set up Sunset Stays" in client_of(world.owner).get("/").content.decode()


def test_the_dashboard_names_a_host_that_sells_without_its_address_on_receipts(world, client_of):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    charging.guest(world.charger)
    words = "Receipts from Sunset Stays do not show the company's address."

    before = client_of(world.owner).get("/").content.decode()
    Host.objects.filter(pk=world.host.pk).update(legal_address="1 Sunset Road")
    after = client_of(world.owner).get("/").content.decode()

    assert (words in before, words in after) == (True, False)
    assert words not in client_of(world.teammate).get("/").content.decode()


def test_an_account_that_waits_or_was_refused_is_named(world):
    account = BankAccount.objects.create(
        host=world.host,
        currency="USD",
        scheme="us",
        holder="Sunset",
        number_encrypted="x",
        last4="1234",
        fingerprint="x",
        state="unconfirmed",
        entered_by="x",
        entered_at=NOW,
    )
    waits = next(step for step in onboarding.of_host(world.host).steps if step.code == "bank_account")
    assert "waits for a second person" in waits.missing

    BankAccount.objects.filter(pk=account.pk).update(
        state="errored", confirmed_by="y", confirmed_at=NOW, usable_from=NOW
    )
    refused = next(step for step in onboarding.of_host(world.host).steps if step.code == "bank_account")
    assert refused.missing == "The bank refused the account."


def test_labels_of_a_private_property_promise_no_guest_that_they_can_pay(world, client_of):
    client = client_of(world.owner)
    private = client.get("/chargers/CP1/label/").content.decode()
    Property.objects.update(access="guest")

    assert "Sunset 1 is private: a guest who scans a label is refused." in private
    assert "can pay, without an account" not in private
    assert "can pay, without an account" in client.get("/chargers/CP1/label/").content.decode()
