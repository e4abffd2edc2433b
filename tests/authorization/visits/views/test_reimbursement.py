"""Access > Reimbursement: contracts, the missing link named, and the button that adds it."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.decide import decisions
from authorization.models import AuditEntry, MobilityProvider, ReimbursementContract, Token
from chargers.models import Charger, Property
from tests.kit.world import World, make_charger, make_user

PAGE = "/authorization/reimbursement/"
ADD = f"{PAGE}add/"
UID = "04FFEE0042"
TODAY = datetime.now(tz=UTC).date()
YESTERDAY = datetime.now(tz=UTC) - timedelta(days=1)


def text_of(response):
    return " ".join(response.content.decode().split())


def said(*chargers: Charger, **changes):
    return {
        "uid": "04:ff:ee:00:42",
        "name": "Kim, at home",
        "employer": "Acme",
        "employer_contact": "pay@acme.example",
        "chargers": [charger.pk for charger in chargers],
        "starts_on": TODAY - timedelta(days=2),
        "per_kwh": "0.31",
        "cap": "150.50",
        **changes,
    }


@pytest.fixture
def home(world: World) -> Charger:
    house = Property.objects.create(host=world.host, slug="home", name="Kim's home", time_zone="America/New_York")
    return make_charger(house, "HOME1", station_id="HOM001")


def contract_of(world: World, *chargers: Charger, **fields) -> ReimbursementContract:
    if "token" not in fields:
        fields["token"], _ = Token.objects.get_or_create(host=world.host, uid=UID, canonical_uid=UID)
    made = ReimbursementContract.objects.create(
        **{
            "host": world.host,
            "name": "Kim, at home",
            "employer": "Acme",
            "currency": "USD",
            "active_from": YESTERDAY,
            **fields,
        }
    )
    made.chargers.set(chargers)
    return made


def asked(charger: Charger, uid: str = UID):
    at = datetime.now(tz=UTC)
    question = decisions.Question(kind="authorize", uid=uid, at=at)
    return decisions.decide(charger=charger, question=question, now=at, dry_run=True)


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


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uid": "О4A1B2C3D4"}, "uid"),
        ({"per_kwh": ""}, "per_kwh"),
        ({"per_kwh": "-1"}, "per_kwh"),
        ({"cap": "0"}, "cap"),
        ({"cap": "1.005"}, "cap"),
        ({"ends_on": TODAY - timedelta(days=9)}, "ends_on"),
        ({"employer": ""}, "employer"),
        ({"chargers": ["9999"]}, "chargers"),
    ],
)
def test_it_saves_nothing_that_is_wrong(world: World, home, client_of, changes, field):
    response = client_of(world.owner).post(ADD, said(home, **changes))

    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {field}
    assert not ReimbursementContract.objects.exists()


def test_it_takes_no_charger_of_another_host(world: World, client_of):
    other = Property.objects.create(
        host=world.stranger.memberships.get().host, slug="loft", name="Loft", time_zone="UTC"
    )
    theirs = make_charger(other, "LOFT1", station_id="LOF001")

    assert client_of(world.owner).post(ADD, said(theirs)).context["form"].errors.keys() == {"chargers"}


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


def test_it_keeps_earlier_rates_when_a_new_one_begins(world: World, home, client_of):
    client = client_of(world.owner)
    client.post(ADD, said(home))
    made = ReimbursementContract.objects.get()

    client.post(f"{PAGE}{made.pk}/", said(home, world.charger, per_kwh="0.35", rate_from=TODAY, cap=""))

    assert [(rate.from_date, str(rate.per_kwh)) for rate in made.rates.order_by("from_date")] == [
        (TODAY - timedelta(days=2), "0.31000"),
        (TODAY, "0.35000"),
    ]
    made.refresh_from_db()
    assert made.monthly_cap_minor is None
    assert made.chargers.count() == 2
    assert AuditEntry.objects.filter(verb="reimbursement.changed").count() == 1


def test_the_last_day_counts_to_its_end(world: World, home, client_of):
    client = client_of(world.owner)
    client.post(ADD, said(home, ends_on=date(2030, 6, 30)))
    made = ReimbursementContract.objects.get()

    assert made.active_to == datetime(2030, 7, 1, 4, tzinfo=UTC)  # midnight in New York
    assert client.get(f"{PAGE}{made.pk}/").context["form"].initial["ends_on"] == date(2030, 6, 30)


def test_it_ends_a_contract_at_once(world: World, home, client_of):
    made = contract_of(world, home)
    client = client_of(world.owner)

    client.post(f"{PAGE}{made.pk}/end/")
    client.post(f"{PAGE}{made.pk}/end/")

    assert asked(home).reason == "reimbursement_not_linked"
    assert AuditEntry.objects.filter(verb="reimbursement.ended").count() == 1


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
