"""A guest's stay: added by hand or by the API, changed, ended."""

from datetime import UTC, datetime

from authorization.models import AuditEntry, Stay, Token
from chargers.models import Charger
from tests.kit.stays_pages import asked, flat, said, text_of
from tests.kit.world import World

__all__ = ["flat"]
PAGE = "/authorization/stays/"
ADD = f"{PAGE}add/"
UID = "04FFEE0042"
NOON = datetime(2030, 7, 1, 16, tzinfo=UTC)  # 12:00 in New York


def test_it_makes_a_stay_for_each_card_and_knows_a_card_in_two_notations(world: World, flat, client_of):
    client_of(world.owner).post(ADD, said(cards="04:ff:ee:00:42\n04A1B2C3D4\n\n04FFEE0042"))

    assert sorted(stay.token.canonical_uid for stay in Stay.objects.all()) == ["04A1B2C3D4", UID]
    assert Token.objects.filter(canonical_uid="04A1B2C3D4").get() == world.member


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
