"""Access > Reimbursement: contracts, the missing link named, and the button that adds it."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.models import AuditEntry, MobilityProvider, ReimbursementContract, Token
from tests.kit.reimbursement_pages import asked, contract_of, home, said
from tests.kit.world import World, make_user

__all__ = ["home"]
PAGE = "/authorization/reimbursement/"
ADD = f"{PAGE}add/"
UID = "04FFEE0042"
TODAY = datetime.now(tz=UTC).date()
YESTERDAY = datetime.now(tz=UTC) - timedelta(days=1)


def text_of(response):
    return " ".join(response.content.decode().split())


def test_it_adds_a_contract_with_its_rate_and_cap_and_opens_the_charger(world: World, home, client_of):
    assert asked(home).reason == "token_unknown"

    response = client_of(world.owner).post(ADD, said(home, service_fee="2.50", service_tax_pct="21"))

    assert response.status_code == 302, text_of(response)
    made = ReimbursementContract.objects.get()
    assert (made.token.host, made.token.canonical_uid, made.monthly_cap_minor) == (world.host, UID, 15050)
    assert (made.service_fee_minor, made.service_tax_pct) == (250, 21)
    rate = made.rates.get()
    assert (rate.per_kwh, rate.from_date) == (Decimal("0.31"), TODAY - timedelta(days=2))
    assert asked(home).granted_by == "reimbursement"
    assert asked(world.charger).reason == "reimbursement_not_linked"
    page = text_of(client_of(world.owner).get(PAGE))
    assert "$0.31" in page
    assert "$150.50" in page
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after["chargers"], entry.after["rates"]) == (
        "reimbursement.added",
        ["HOME1"],
        {str(rate.from_date): "0.31000"},
    )


def test_it_takes_a_providers_card_without_making_it_the_hosts(world: World, home, client_of):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    card = Token.objects.create(msp=msp, uid=UID, canonical_uid=UID)

    client_of(world.owner).post(ADD, said(home))

    assert ReimbursementContract.objects.get().token == card
    assert Token.objects.filter(canonical_uid=UID).count() == 1
    assert asked(home).granted_by == "reimbursement"


def test_it_names_the_missing_charger_and_adds_it(world: World, home, client_of):
    made = contract_of(world, home, employer_contact="pay@acme.example")
    refused = asked(world.charger)
    line = next(line for line in refused.trace if line["step"] == "reimbursement")
    assert line["sentence"] == (
        "Contract 'Kim, at home' of Acme pays for 'HOM001'; the link to this charger (SUN001) is missing."
    )

    client = client_of(world.owner)
    page = text_of(client.get(line["link"]))

    assert "The charger is missing" in page
    assert "Link SUN001 to “Kim, at home”" in page
    assert "pay@acme.example" in page
    mended = client.post(f"{PAGE}{made.pk}/link/", {"charger": "CP1"}, follow=True)
    assert "Acme now pays for 04FFEE0042 at SUN001." in text_of(mended)
    assert "Nothing is missing" in text_of(mended)
    assert asked(world.charger).granted_by == "reimbursement"
    assert AuditEntry.objects.get().verb == "reimbursement.linked"


def test_it_names_the_dates_when_a_contract_has_ended_or_not_begun(world: World, client_of):
    made = contract_of(world, world.charger, active_from=YESTERDAY - timedelta(days=9), active_to=YESTERDAY)
    client = client_of(world.owner)

    assert asked(world.charger).reason == "reimbursement_not_linked"
    assert "ended on" in next(
        line["sentence"] for line in asked(world.charger).trace if line["step"] == "reimbursement"
    )
    assert "The dates do not fit" in text_of(client.get(PAGE, {"q": UID, "charger": "CP1"}))
    ReimbursementContract.objects.update(active_from=YESTERDAY + timedelta(days=9), active_to=None)
    assert "begins only on" in str(asked(world.charger).trace)
    assert f"{PAGE}{made.pk}/" in text_of(client.get(PAGE, {"q": UID, "charger": "CP1"}))
    ReimbursementContract.objects.update(
        active_from=YESTERDAY - timedelta(days=99), active_to=YESTERDAY - timedelta(70)
    )
    assert asked(world.charger).reason == "not_in_local_group"


def test_it_names_the_missing_contract_and_leads_to_the_form_filled_in(world: World, client_of):
    client = client_of(world.owner)

    page = text_of(client.get(PAGE, {"q": UID, "charger": "CP1"}))

    assert "The contract is missing" in page
    link = re.search(r'href="([^"]*add/\?uid[^"]*)"', page)[1].replace("&amp;", "&")
    form = client.get(link).context["form"]
    assert (form["uid"].value(), form["chargers"].value()) == (UID, [world.charger.pk])


@pytest.mark.parametrize(
    ("person", "sees", "changes"),
    [("owner", True, 200), ("teammate", True, 404), ("stranger", False, 404), ("agent", True, 200)],
)
def test_it_is_seen_by_the_host_and_changed_by_those_who_manage(world: World, home, client_of, person, sees, changes):
    made = contract_of(world, home)
    client = client_of(getattr(world, person))

    assert ("Kim, at home" in text_of(client.get(PAGE))) is sees
    assert client.get(f"{PAGE}{made.pk}/").status_code == changes
    assert client.post(f"{PAGE}{made.pk}/link/", {"charger": "CP1"}).status_code == (302 if changes == 200 else 404)
    assert client.post(f"{PAGE}{made.pk}/end/").status_code == (302 if changes == 200 else 404)
    assert client.post(f"{PAGE}999999/end/").status_code == 404


def test_it_tells_an_operator_the_link_but_no_amount(world: World, home, client_of):
    made = contract_of(world, home, monthly_cap_minor=15050)
    made.rates.create(from_date=TODAY - timedelta(days=3), per_kwh="0.31")
    operator = make_user("operator@example.com", world.host, "operator")

    page = text_of(client_of(operator).get(PAGE, {"q": UID, "charger": "CP1"}))

    assert "The charger is missing" in page
    assert "Owners and managers can add it" in page
    assert "0.31" not in page
    assert "150.50" not in page
    assert "$150.50" in text_of(client_of(world.teammate).get(PAGE))


def test_a_contract_of_another_host_opens_nothing_here(world: World, client_of):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    card = Token.objects.create(msp=msp, uid=UID, canonical_uid=UID)
    other = world.stranger.memberships.get().host
    theirs = contract_of(world, host=other, token=card)

    assert asked(world.charger).reason == "not_public"
    assert client_of(world.stranger).post(f"{PAGE}{theirs.pk}/link/", {"charger": "CP1"}).status_code == 404


def test_what_if_knows_a_contract(world: World, client_of):
    Token.objects.create(host=world.host, uid=UID, canonical_uid=UID)
    asked_for = {"place": "charger:CP1", "uid": UID, "kind": "authorize", "contract": "yes"}

    response = client_of(world.owner).get("/authorization/test/", asked_for)

    trial = response.context["one"]
    assert (trial.now.reason, trial.then.granted_by) == ("not_in_local_group", "reimbursement")


def test_the_cards_page_tells_who_pays(world: World, home, client_of):
    made = contract_of(world, home)
    page = f"/authorization/tokens/{made.token_id}/"

    assert "Acme" in text_of(client_of(world.teammate).get(page))
    ReimbursementContract.objects.update(active_from=YESTERDAY - timedelta(days=2), active_to=YESTERDAY)
    assert "Paid by" not in text_of(client_of(world.owner).get(page))
