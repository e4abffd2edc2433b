"""Groups, cards in bulk, provider blocks, stays, reimbursement and people by the REST API."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization import tasks
from authorization.models import (
    AccessGrant,
    ApiKey,
    AuditEntry,
    MobilityProvider,
    ProviderBlock,
    ReimbursementContract,
    Stay,
    Token,
    TokenGroup,
)
from authorization.tokens import token_imports
from chargers.models import Charger, Unit
from tests.kit.callers import Callers
from tests.kit.world import World, make_user

pytestmark = pytest.mark.django_db
UID = "04FFEE0042"
STAY = {
    "property": "sunset-1",
    "guest_name": "Robin",
    "arrives_at": "2026-07-03T15:00:00-04:00",
    "departs_at": "2026-07-05T11:00:00-04:00",
}


@pytest.fixture
def prefix(callers: Callers, world: World) -> str:
    return f"api:{ApiKey.objects.get(host=world.host).prefix}"


def paths(answer):
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json"), answer.json()
    return [error["path"] for error in answer.json()["errors"]]


def verdict(callers, uid=UID):
    told = callers.owner.post("chargers/CP1/decide/", {"uid": uid}).json()
    return told["reason"] or told["verdict"]


def test_it_makes_changes_and_deletes_a_group(callers: Callers, world: World, prefix):
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    wanted = {
        "name": "Staff",
        "units": ["sunset-1/2b"],
        "chargers": ["CP1"],
        "schedule": [{"days": ["MON"], "from": "08:00", "to": "18:00"}],
    }

    made = callers.owner.post("token-groups/", wanted)

    assert made.status_code == 201, made.json()
    group = TokenGroup.objects.get(slug="staff")
    assert (list(group.units.all()), group.schedule) == ([unit], wanted["schedule"])
    assert made.json() | wanted == made.json()
    address = f"token-groups/{group.pk}/"
    changed = callers.owner.patch(address, {"enabled": False, "units": [], "properties": ["sunset-1"]}).json()
    assert (changed["enabled"], changed["units"], changed["properties"]) == (False, [], ["sunset-1"])
    assert (changed["chargers"], changed["schedule"], changed["name"]) == (["CP1"], wanted["schedule"], "Staff")
    assert callers.owner.delete(address).status_code == 204
    assert callers.owner.get(address).status_code == 404
    verbs = AuditEntry.objects.order_by("id").values_list("actor", "verb")
    assert list(verbs) == [(prefix, f"token_group.{verb}") for verb in ("added", "changed", "deleted")]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"properties": ["sunset-1", "lakeside-1"]}, ["properties[1]"]),
        ({"chargers": ["CP9"]}, ["chargers[0]"]),
        ({"units": ["sunset-1/9z"]}, ["units[0]"]),
        ({"schedule": [{"days": ["NEVERDAY"]}]}, ["schedule"]),
        ({"active_from": "2026-05-01T00:00:00Z", "active_to": "2026-04-01T00:00:00Z"}, ["active_to"]),
        ({"name": ""}, ["name"]),
    ],
)
def test_it_makes_no_group_that_is_wrong(callers: Callers, world: World, change, at):
    assert paths(callers.owner.post("token-groups/", {"name": "Staff", **change})) == at
    assert TokenGroup.objects.count() == 1


def test_it_asks_an_agent_whose_group_it_is_to_be(callers: Callers):
    assert paths(callers.agent.post("token-groups/", {"name": "Staff"})) == ["host"]
    assert paths(callers.owner.post("token-groups/", {"name": "Staff", "host": "lakeside"})) == ["host"]
    assert callers.agent.post("token-groups/", {"name": "Staff", "host": "lakeside"}).status_code == 201


def test_a_card_may_charge_at_several_chargers_at_once(callers: Callers, world: World):
    address = f"tokens/{world.member.pk}/"

    assert callers.owner.patch(address, {"may_charge_concurrently": True}).json()["may_charge_concurrently"] is True
    entry = AuditEntry.objects.get(verb="token.edited")
    assert (entry.before["may_charge_concurrently"], entry.after["may_charge_concurrently"]) == ("no", "yes")


def test_it_notes_whose_card_it_is_and_takes_it_out_of_a_group(callers: Callers, world: World, prefix):
    address = f"tokens/{world.member.pk}/"

    noted = callers.owner.patch(address, {"owner": "Kim", "expires_at": "2030-01-01T00:00:00Z"})
    left = callers.owner.delete(f"{address}groups/residents/")
    again = callers.owner.delete(f"{address}groups/residents/")

    assert (noted.json()["owner"], noted.json()["expires_at"]) == ("Kim", "2030-01-01T00:00:00Z")
    assert (left.status_code, again.status_code) == (204, 404)
    assert not world.member.groups.exists()
    assert list(AuditEntry.objects.order_by("id").values_list("actor", "verb")) == [
        (prefix, "token.edited"),
        (prefix, "token.left_group"),
    ]


def test_it_compares_a_file_of_cards_and_applies_it_once(callers: Callers, world: World, prefix):
    content = "uid,owner,group\n04A1B2C3D4,Kim,\n04FFEE0042,Robin,residents\nЯ,,\n"

    compared = callers.owner.post("token-imports/", {"csv": content, "name": "may.csv"})

    assert compared.status_code == 201
    told = compared.json()
    assert (told["new"], told["changed"], told["unchanged"], told["wrong_rows"]) == (1, 1, 0, 1)
    assert [(wrong["row"], wrong["column"]) for wrong in told["wrong"]] == [(4, "uid")]
    assert not Token.objects.filter(canonical_uid=UID).exists()
    address = f"token-imports/{told['id']}/"
    assert callers.owner.get(address).json() == told
    assert callers.stranger.post(f"{address}apply/", {}).status_code == 404
    applied = callers.owner.post(f"{address}apply/", {})
    assert (applied.status_code, applied.json()["id"], applied.json()["new"]) == (200, None, 1)
    assert callers.owner.post(f"{address}apply/", {}).status_code == 404
    assert Token.objects.get(canonical_uid=UID).groups.get() == world.group
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb, entry.after["new"]) == (prefix, "tokens.imported", 1)


def test_it_leaves_a_long_file_to_a_worker(callers: Callers, prefix, monkeypatch):
    monkeypatch.setattr(token_imports, "AT_ONCE", 1)
    told = callers.owner.post("token-imports/", {"csv": "uid\n04FFEE0041\n04FFEE0042\n"}).json()
    address = f"token-imports/{told['id']}/"

    asked = callers.owner.post(f"{address}apply/", {})

    assert (told["state"], asked.status_code, asked.json()["state"]) == ("waits", 202, "being_written")
    assert callers.owner.delete(address).status_code == 409
    tasks.apply_token_imports()
    done = callers.owner.get(address).json()
    assert (done["state"], done["new"], done["wrong_rows"]) == ("written", 2, 0)
    assert AuditEntry.objects.get().actor == prefix
    assert callers.owner.delete(address).status_code == 204


def test_it_discards_a_file_and_refuses_what_is_none(callers: Callers):
    told = callers.owner.post("token-imports/", {"csv": "uid\n04A1B2C3D4\n"}).json()

    assert callers.owner.delete(f"token-imports/{told['id']}/").status_code == 204
    assert callers.owner.get(f"token-imports/{told['id']}/").status_code == 404
    assert paths(callers.owner.post("token-imports/", {"csv": "number\n7\n"})) == ["csv"]


def test_it_blocks_a_provider_at_the_hosts_own_chargers_and_lifts_it(callers: Callers, world: World, prefix):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    Token.objects.create(msp=msp, uid=UID, canonical_uid=UID)

    made = callers.owner.post("provider-blocks/", {"provider": "NL-EMS", "reason": "Unpaid"})

    assert made.status_code == 201
    assert verdict(callers) == "msp_blocked"
    address = f"provider-blocks/{made.json()['id']}/"
    assert callers.stranger.delete(f"{address}?reason=x").status_code == 404
    assert paths(callers.owner.delete(address)) == ["reason"]
    assert callers.owner.delete(f"{address}?reason=Paid").status_code == 204
    assert not ProviderBlock.objects.exists()
    assert verdict(callers) == "not_public"
    entries = AuditEntry.objects.order_by("id").values_list("actor", "verb", "reason")
    assert list(entries) == [(prefix, "provider.blocked", "Unpaid"), (prefix, "provider.unblocked", "Paid")]
    assert paths(callers.owner.post("provider-blocks/", {"provider": "NL-XXX", "reason": "x"})) == ["provider"]


def test_it_makes_lists_and_ends_a_stay(callers: Callers, world: World, prefix):
    Charger.objects.update(unit=Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B"))
    at = datetime.now(tz=UTC)
    wanted = {
        "property": "sunset-1", "unit": "2b", "guest_name": "Robin", "cards": ["04:ff:ee:00:42"],
        "arrives_at": (at - timedelta(hours=1)).isoformat(), "departs_at": (at + timedelta(days=2)).isoformat(),
    }  # fmt: skip

    made = callers.owner.post("stays/", wanted)

    assert made.status_code == 201, made.json()
    [stay] = made.json()
    assert (stay["uid"], stay["unit"], stay["state"]) == ("04:ff:ee:00:42", "2b", "running")
    assert verdict(callers) == "accepted"
    assert [one["id"] for one in callers.owner.get("stays/", search="robin").json()["results"]] == [stay["id"]]
    assert callers.owner.post(f"stays/{stay['id']}/end/", {}).json()["state"] == "over"
    assert verdict(callers) == "outside_stay"
    assert [entry.verb for entry in AuditEntry.objects.order_by("id")] == ["stay.added", "stay.ended"]
    wrong = {**wanted, "departs_at": wanted["arrives_at"]}
    assert paths(callers.owner.post("stays/", wrong)) == ["departs_at"]
    assert paths(callers.owner.post("stays/", {**wanted, "cards": [UID, "Я"]})) == ["cards[1]"]
    assert paths(callers.owner.post("stays/", {**wanted, "unit": "9z"})) == ["unit"]
    assert paths(callers.stranger.post("stays/", wanted)) == ["property"]
    assert Stay.objects.count() == 1


def test_it_makes_changes_and_ends_a_reimbursement_contract(callers: Callers, world: World, prefix):
    wanted = {"uid": "04:ff:ee:00:42", "name": "Kim, at home", "employer": "Acme", "per_kwh": "0.31"}

    made = callers.owner.post("reimbursements/", wanted)

    assert made.status_code == 201, made.json()
    contract = made.json()
    assert [rate["per_kwh"] for rate in contract["rates"]] == ["0.31000"]
    assert verdict(callers) == "reimbursement_not_linked"
    address = f"reimbursements/{contract['id']}/"
    linked = callers.owner.patch(address, {"chargers": ["CP1"], "monthly_cap_minor": 15000}).json()
    assert (linked["chargers"], linked["monthly_cap_minor"], linked["employer"]) == (["CP1"], 15000, "Acme")
    assert verdict(callers) == "accepted"
    fee = callers.owner.patch(address, {"service_fee_minor": 250, "service_tax_pct": "21"}).json()
    assert (fee["service_fee_minor"], fee["service_tax_pct"], fee["monthly_cap_minor"]) == (250, "21.00", 15000)
    assert paths(callers.owner.patch(address, {"service_tax_pct": "101"})) == ["service_tax_pct"]
    dearer = callers.owner.patch(address, {"per_kwh": "0.35", "rate_from": "2030-01-01"}).json()
    assert {rate["from_date"]: rate["per_kwh"] for rate in dearer["rates"]}["2030-01-01"] == "0.35000"
    assert len(dearer["rates"]) == 2
    assert callers.owner.post(f"{address}end/", {}).json()["active_to"] is not None
    assert verdict(callers) == "reimbursement_not_linked"
    assert {entry.actor for entry in AuditEntry.objects.all()} == {prefix}
    assert paths(callers.owner.post("reimbursements/", {**wanted, "chargers": ["CP9"]})) == ["chargers[0]"]
    assert paths(callers.owner.patch(address, {"rate_from": "2030-01-01"})) == ["per_kwh"]
    assert paths(callers.owner.post("reimbursements/", {**wanted, "uid": "Я"})) == ["uid"]
    assert ReimbursementContract.objects.count() == 1


def test_it_reads_members_and_grants(callers: Callers, world: World):
    at = datetime.now(tz=UTC)
    for ends_at in (at + timedelta(days=1), at - timedelta(days=1)):
        AccessGrant.objects.create(
            user=world.stranger,
            host=world.host,
            charger=world.charger,
            role="installer",
            reason="Ticket 7",
            granted_by=world.owner,
            granted_at=at - timedelta(days=2),
            ends_at=ends_at,
        )
    make_user("operator@example.com", world.host, "operator")

    members = {one["email"]: one for one in callers.owner.get("members/").json()["results"]}
    live = callers.owner.get("grants/", live="true").json()["results"]

    assert {email: one["role"] for email, one in members.items()} == {
        "owner@example.com": "owner",
        "teammate@example.com": "read_only",
        "operator@example.com": "operator",
    }
    assert members["operator@example.com"]["rights"] == ["see", "operate"]
    assert [(one["charger"], one["email"], one["granted_by"]) for one in live] == [
        ("CP1", "stranger@example.com", "owner@example.com")
    ]
    assert len(callers.owner.get("grants/").json()["results"]) == 2
    assert [one["email"] for one in callers.stranger.get("members/").json()["results"]] == ["stranger@example.com"]
    assert callers.stranger.get("grants/").json()["results"] == []
    assert len(callers.agent.get("members/").json()["results"]) == 4


@pytest.mark.parametrize(
    ("address", "sent", "at"),
    [
        ("tokens/", {"uid": 5, "group": "residents"}, "uid"),
        ("tokens/", {"uid": "04 Я", "group": "residents"}, "uid"),
        ("reimbursements/", {"uid": 4_000_000_000, "name": "Kim", "per_kwh": "0.25"}, "uid"),
        ("stays/", {**STAY, "cards": ["04FFEE0042", 5]}, "cards[1]"),
    ],
    ids=["a number", "no UID", "a number for home", "a number for a stay"],
)
def test_it_takes_no_uid_that_lost_its_zeros(callers: Callers, address, sent, at):
    assert at in paths(callers.owner.post(address, sent))


def test_it_makes_an_equal_stay_once(callers: Callers, prefix):
    first, again = (callers.owner.post("stays/", {**STAY, "cards": ["04FFEE0042"]}).json() for _ in range(2))
    other = callers.owner.post("stays/", {**STAY, "guest_name": "Sam", "cards": ["04FFEE0042"]}).json()

    assert first == again != other
    assert Stay.objects.count() == 2
    assert AuditEntry.objects.filter(verb="stay.added").count() == 2
