"""Access > Stays: made by hand, on the property's clock; how refusals before and elsewhere come out."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, Stay
from chargers.models import Charger
from tests.kit.stays_pages import asked, flat, said, text_of
from tests.kit.world import World

__all__ = ["flat"]
PAGE = "/authorization/stays/"
ADD = f"{PAGE}add/"
UID = "04FFEE0042"
NOON = datetime(2030, 7, 1, 16, tzinfo=UTC)  # 12:00 in New York


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
