"""What pages advise about a refusal: nothing that cannot help, and nothing that was done already."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.decide import reasons
from authorization.insight import remedies
from authorization.models import Decision, MobilityProvider, Token
from authorization.tokens import tokens
from chargers.models import Property
from tests.kit import budgets
from tests.kit.world import tap

CAR = "VID:AABBCCDDEEFF"
STRANGER = "04DEADBEEF01"


def why(client, message) -> str:
    return " ".join(client.get(f"/authorization/decisions/{message.decision_id}/").text.split())


def test_a_refused_vehicle_is_never_offered_as_a_token(world, client_of):
    message = tap(world.charger, CAR)
    for _ in range(2):
        tap(world.charger, CAR)
    client = client_of(world.owner)

    pages = [
        why(client, message),
        client.get("/").text,
        client.get("/chargers/CP1/").text,
        client.get(f"/chargers/CP1/logs/{message.pk}/").text,
        client.get("/authorization/tokens/", {"q": CAR}).text,
    ]

    assert not any("tokens/add/?uid=VID" in page for page in pages)
    assert all("/authorization/autocharge/" in page for page in pages)
    assert "its driver has to agree to autocharge" in pages[0]


@pytest.mark.parametrize("audience", list(reasons.Audience))
def test_it_leads_a_car_to_autocharge_in_every_audience_and_notation(audience):
    steps = remedies.steps(reasons.get("token_unknown"), audience, uid="vid:aa:bb:cc:dd:ee:ff")

    assert not any("tokens/" in step.link for step in steps)
    card = remedies.steps(reasons.get("token_unknown"), audience, uid=STRANGER)
    assert card == reasons.get("token_unknown").advice(audience).next_steps


def test_a_card_of_a_blocked_provider_is_not_offered_for_whitelisting(world, client_of):
    Property.objects.update(access="public_roaming")
    provider = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example", blocked=True)
    Token.objects.create(msp=provider, uid=STRANGER, canonical_uid=STRANGER)
    world.charger.refresh_from_db()

    text = why(client_of(world.owner), tap(world.charger, STRANGER))

    assert "blocked" in text
    assert "Whitelist this UID" not in text


@pytest.mark.parametrize(("flag", "offered"), [({"blocked": True}, False), ({"valid": False}, False), ({}, True)])
def test_whitelisting_is_offered_only_where_it_would_help(world, client_of, flag, offered):
    world.member.groups.clear()
    Token.objects.filter(pk=world.member.pk).update(**flag)

    assert ("Whitelist this UID" in why(client_of(world.owner), tap(world.charger, world.member.uid))) is offered


def test_advice_that_was_followed_says_done_since(world, client_of):
    message = tap(world.charger, STRANGER)
    client = client_of(world.owner)
    assert "What to do next" in why(client, message)

    tokens.whitelist(group=world.group, uid=STRANGER)

    for text in (why(client, message), client.get(f"/chargers/CP1/logs/{message.pk}/").text):
        assert "Done since:</strong> Card 04DEADBEEF01 is in group &#x27;Residents&#x27;" in text
        assert "What to do next" not in text
        assert "Whitelist this UID" not in text
    assert "Done since:" in client_of(world.agent).get(f"/chargers/CP1/logs/{message.pk}/").text


def test_a_refusal_that_only_time_ended_is_not_done(world):
    world.group.schedule = [{"days": ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"], "from": "08:00", "to": "20:00"}]
    world.group.save()
    night = datetime(2026, 3, 10, 7, tzinfo=UTC)  # 3:00 in New York
    noon = night + timedelta(hours=9)
    tap(world.charger, world.member.uid, at=night)
    refused = Decision.objects.select_related("charger__property").get()
    assert refused.reason == "outside_schedule"

    assert remedies.done_since(refused, now=noon) == ""
    world.group.schedule = []
    world.group.save()
    assert "is in group 'Residents'" in remedies.done_since(refused, now=noon)


def test_repeated_refusals_need_nobody_once_the_card_is_let_in(world, client_of):
    for _ in range(3):
        tap(world.charger, STRANGER)
    client = client_of(world.owner)
    assert "3 refusals in 1 hour" in client.get("/").text

    tokens.whitelist(group=world.group, uid=STRANGER)

    assert "3 refusals in 1 hour" not in client.get("/").text
    assert "3 refusals in 1 hour" not in client.get("/chargers/CP1/").text


def test_repeated_refusals_stay_while_one_of_the_cards_is_still_refused(world, client_of):
    for uid in (STRANGER, STRANGER, "04DEADBEEF02"):
        tap(world.charger, uid)

    tokens.whitelist(group=world.group, uid=STRANGER)

    assert "3 refusals in 1 hour" in client_of(world.owner).get("/").text


def test_a_used_up_budget_is_done_when_it_was_raised_and_not_when_the_month_ended(world):
    budget = budgets.limit(world.member, kwh=5)
    budgets.use(world.charger, world.member.uid, wh=5000)
    tapped_at = budgets.MARCH + timedelta(hours=3)
    tap(world.charger, world.member.uid, at=tapped_at)
    refused = Decision.objects.select_related("charger__property").latest("id")
    assert refused.reason == "budget_used_up"

    assert remedies.done_since(refused, now=tapped_at + timedelta(days=30)) == ""
    budget.limit_wh = 6000
    budget.save()
    assert "is in group 'Residents'" in remedies.done_since(refused, now=tapped_at + timedelta(days=30))


def test_a_car_whose_card_has_used_up_its_budget_reads_of_the_budget():
    advised = remedies.steps(reasons.get("budget_used_up"), reasons.Audience.HOST, uid=CAR)

    assert [step.text for step in advised] == [step.text for step in reasons.get("budget_used_up").host.next_steps]
    assert not any("tokens/" in step.link for step in advised)
