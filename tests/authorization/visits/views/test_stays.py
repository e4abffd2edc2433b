"""Access > Stays: made by hand, on the property's clock; how refusals before and elsewhere come out."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.decide import decisions
from authorization.models import AuditEntry, Stay, Token
from chargers.models import Charger, Unit
from tests.kit.world import World, make_charger

PAGE = "/authorization/stays/"
ADD = f"{PAGE}add/"
UID = "04FFEE0042"
NOON = datetime(2030, 7, 1, 16, tzinfo=UTC)  # 12:00 in New York


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def flat(world: World) -> Unit:
    """Apartment 2B, with the world's charger, and a neighbour's with another one."""
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    other = Unit.objects.create(property=world.site, slug="3a", name="Apartment 3A")
    Charger.objects.filter(pk=world.charger.pk).update(unit=unit)
    neighbour = make_charger(world.site, "CP2", station_id="SUN002")
    Charger.objects.filter(pk=neighbour.pk).update(unit=other)
    return unit


def said(**changes):
    return {
        "place": "sunset-1/2b", "guest_name": "Robin", "guest_email": "robin@example.com", "reference": "R-77",
        "arrives": "2030-07-01T12:00", "departs": "2030-07-05T11:00", "cards": "04:ff:ee:00:42", **changes,
    }  # fmt: skip


def asked(charger: Charger, at: datetime):
    question = decisions.Question(kind="authorize", uid=UID, at=at)
    return decisions.decide(charger=charger, question=question, now=at, dry_run=True)


def test_it_lets_the_guest_charge_at_the_unit_between_the_dates(world: World, flat, client_of):
    response = client_of(world.owner).post(ADD, said())

    assert response.status_code == 302, text_of(response)
    stay = Stay.objects.get()
    assert (stay.unit, stay.arrives_at, stay.departs_at) == (flat, NOON, datetime(2030, 7, 5, 15, tzinfo=UTC))
    assert (stay.token.host, stay.token.owner) == (world.host, "Robin")
    second = Charger.objects.get(charger_id="CP2")
    assert asked(world.charger, NOON).granted_by == "stay"
    assert asked(world.charger, NOON - timedelta(minutes=1)).reason == "outside_stay"
    assert asked(second, NOON).reason == "wrong_charger_for_stay"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after["unit"], entry.host) == ("stay.added", "2b", world.host)


def test_its_page_tells_where_the_card_works_now_and_then(world: World, flat, client_of):
    day = datetime.now(tz=UTC) + timedelta(days=3)
    dates = {"arrives": f"{day:%Y-%m-%d}T12:00", "departs": f"{day + timedelta(days=2):%Y-%m-%d}T11:00"}
    client_of(world.owner).post(ADD, said(**dates))

    response = client_of(world.teammate).get(f"{PAGE}{Stay.objects.get().pk}/")

    text = text_of(response)
    assert "Outside the dates of the stay" in text
    assert f"Stay R-77 in Apartment 2B, Sunset 1 runs from {day:%Y-%m-%d} 12:00 to " in text
    assert "Not the charger of this stay" in text
    [then] = response.context["then"]
    assert ([one.station_id for one in then.opens], [one.reason.code for one in then.closed]) == (
        ["SUN001"],
        ["wrong_charger_for_stay"],
    )
    assert "America/New_York" in text
    assert "Cancel this stay" not in text


def test_it_makes_a_stay_for_each_card_and_knows_a_card_in_two_notations(world: World, flat, client_of):
    client_of(world.owner).post(ADD, said(cards="04:ff:ee:00:42\n04A1B2C3D4\n\n04FFEE0042"))

    assert sorted(stay.token.canonical_uid for stay in Stay.objects.all()) == ["04A1B2C3D4", UID]
    assert Token.objects.filter(canonical_uid="04A1B2C3D4").get() == world.member


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"departs": "2030-07-01T12:00"}, "departs"),
        ({"arrives": "soon"}, "arrives"),
        ({"cards": "О4A1B2C3D4"}, "cards"),
        ({"cards": "\n".join(f"04FFEE{number:04X}" for number in range(11))}, "cards"),
        ({"place": "lakeside-lofts/"}, "place"),
        ({"guest_name": ""}, "guest_name"),
    ],
)
def test_it_saves_nothing_that_is_wrong(world: World, flat, client_of, changes, field):
    response = client_of(world.owner).post(ADD, said(**changes))

    assert response.context["form"].errors.keys() == {field}
    assert not Stay.objects.exists()


def test_it_moves_a_guest_to_another_unit(world: World, flat, client_of):
    client = client_of(world.owner)
    client.post(ADD, said())
    stay = Stay.objects.get()

    client.post(f"{PAGE}{stay.pk}/", said(place="sunset-1/3a"))

    assert asked(Charger.objects.get(charger_id="CP2"), NOON).granted_by == "stay"
    assert asked(world.charger, NOON).reason == "wrong_charger_for_stay"
    entry = AuditEntry.objects.get(verb="stay.changed")
    assert (entry.before["unit"], entry.after["unit"]) == ("2b", "3a")


def test_it_cancels_one_that_has_not_begun_and_ends_one_that_runs(world: World, flat, client_of):
    client = client_of(world.owner)
    client.post(ADD, said())
    coming = Stay.objects.get()
    client.post(f"{PAGE}{coming.pk}/end/")
    client.post(ADD, said(arrives="2020-07-01T12:00"))
    running = Stay.objects.latest("pk")
    assert asked(world.charger, datetime.now(tz=UTC)).granted_by == "stay"

    client.post(f"{PAGE}{running.pk}/end/")
    again = client.post(f"{PAGE}{running.pk}/end/", follow=True)

    coming.refresh_from_db()
    assert coming.cancelled_at is not None
    assert asked(world.charger, datetime.now(tz=UTC)).reason == "outside_stay"
    assert "was over already" in text_of(again)
    assert AuditEntry.objects.filter(verb="stay.ended").count() == 2


@pytest.mark.parametrize(
    ("person", "sees", "changes"),
    [("owner", 200, 302), ("teammate", 200, 404), ("stranger", 404, 404), ("agent", 200, 302)],
)
def test_it_is_seen_by_the_host_and_changed_by_those_who_manage(world, flat, client_of, person, sees, changes):
    client_of(world.owner).post(ADD, said())
    stay = Stay.objects.get()
    client = client_of(getattr(world, person))

    assert client.get(f"{PAGE}{stay.pk}/").status_code == sees
    assert ("Robin" in text_of(client.get(PAGE))) is (sees == 200)
    assert client.post(f"{PAGE}{stay.pk}/", said()).status_code == changes
    assert client.post(f"{PAGE}{stay.pk}/end/").status_code == changes
    assert client.get(f"{PAGE}999999/").status_code == 404


def test_it_finds_a_stay_by_card_guest_and_reference(world: World, flat, client_of):
    client = client_of(world.owner)
    client.post(ADD, said())

    for query, found in {"04:FF:EE:00:42": True, "robin": True, "r-77": True, "kim": False}.items():
        assert ("Apartment 2B" in text_of(client.get(PAGE, {"q": query}))) is found


def test_the_cards_page_tells_of_its_stay(world: World, flat, client_of):
    client_of(world.owner).post(ADD, said())
    token = Stay.objects.get().token

    text = text_of(client_of(world.teammate).get(f"/authorization/tokens/{token.pk}/"))

    assert "Robin" in text
    assert "Apartment 2B, Sunset 1, until 5 Jul 2030, 11:00" in text
