"""Settings > Join codes: made, printed, stopped; and who asks to join by them."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail as outbox
from django.test import Client

from authorization.models import AuditEntry, Token
from billing.models import DriverToken, Join, JoinCode, OutgoingMail
from tests.kit.drivers import driver_of, text_of
from tests.kit.joining import _forgotten, answer, at_kims, join, kim, make
from tests.kit.logging_in import after_log_in
from tests.kit.world import tap

__all__ = ["_forgotten", "at_kims", "kim"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_a_resident_comes_from_the_notice_to_an_admitted_card(world, client_of):
    """From the host's form over the mailed link to the card at the reader, which is theirs from then on."""
    owner, guest = after_log_in(world.owner), Client()
    said = {"name": "Lobby", "property": "sunset-1", "groups": ["residents"], "most": "40", "last_day": "2126-01-31"}
    late = text_of(owner.post("/settings/join-codes/sunset/", said | {"last_day": "2020-01-31"}))
    assert "Choose a later day: this one is over." in late
    assert "without one: America/New_York" in late
    made = text_of(owner.post("/settings/join-codes/sunset/", said, follow=True))
    code = JoinCode.objects.get()
    assert code.formatted() in made
    assert "<svg" in made
    assert code.ends_at == datetime(2126, 2, 1, 5, tzinfo=UTC), "the end of the day in New York"

    page = text_of(guest.get(f"/join/{code.code.lower()}/"))
    assert "Join Sunset 1" in page
    assert "The host answers each request." in page
    guest.post("/drive/link", {"email": "Kim@Example.com", "join": code.formatted()})
    link = re.search(r"http://\S+?(/drive/come-in/\S+)", outbox.outbox[-1].body)[1]
    assert "Number of your charging card" in text_of(guest.post(link, follow=True)), "the link leads on to the code"
    waiting = join(guest, code, uid="04:ff:ee:00:42")
    assert "The host has not answered yet" in waiting
    assert tap(world.charger, "04FFEE0042").verdict == "Invalid"
    assert "1 waits to join by “Lobby”" in text_of(owner.get("/attention/"))

    asked = Join.objects.get()
    assert "Kim is in." in answer(owner, asked, "approve", answer="Welcome")
    assert "answered before" in answer(owner, asked, "approve"), "a double tap changes nothing"

    assert tap(world.charger, "04FFEE0042").verdict == "Accepted"
    token = Token.objects.get(canonical_uid="04FFEE0042")
    assert (token.owner, token.driver_token.driver.user.email) == ("Kim, 2B", "kim@example.com")
    assert OutgoingMail.objects.get(key=f"join:{asked.pk}:joined").text.endswith("Welcome")
    assert "SUN001" in text_of(guest.get(f"/join/{code.formatted()}/"))
    assert "used this code with this card already" in join(guest, code, uid="04FFEE0042")
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == [
        "join_code.made",
        "join.asked",
        "join.approved",
    ]

    assert "Kim is out." in answer(owner, asked, "remove")
    assert tap(world.charger, "04FFEE0042").verdict == "Invalid"


def test_one_card_is_one_residents(world, kim, at_kims, client_of):
    """Who types somebody's card waits, is let in only after them, and taking them out takes nothing from the other."""
    owner, bruno = client_of(world.owner), driver_of("bruno@example.com")
    at_once, asking = make(world, needs_approval=False), make(world, name="Garage")
    at_brunos = client_of(bruno.user)
    join(at_brunos, at_once, uid="04BBBB2222", name="Bruno")
    join(at_kims, asking, uid="04BBBB2222")
    brunos, kims = Join.objects.order_by("pk")

    assert "take Bruno out first, or decline" in text_of(owner.get(f"/settings/join-codes/code/{asking.pk}/"))
    assert "Nothing was changed: Bruno joined by “Lobby”" in answer(owner, kims, "approve")
    assert not DriverToken.objects.exists()

    Join.objects.filter(pk=kims.pk).update(state="joined", token=brunos.token_id, answered_at=NOW)
    answer(owner, kims, "remove")
    assert tap(world.charger, "04BBBB2222").verdict == "Accepted", "Bruno keeps what he joined for"

    world.group.tokens.clear()
    assert "You cannot charge here at present" in text_of(at_brunos.get(f"/join/{at_once.formatted()}/"))
    assert "not in the groups any more" in text_of(owner.get(f"/settings/join-codes/code/{at_once.pk}/"))

    answer(owner, brunos, "remove")
    join(at_kims, asking, uid="04BBBB2222")
    assert "Kim is in." in answer(owner, Join.objects.get(state="open"), "approve")
    token = Token.objects.get(canonical_uid="04BBBB2222")
    assert (token.owner, token.driver_token.driver) == ("Kim, 2B", kim)
    join(at_brunos, asking, uid="04BBBB2222")
    Join.objects.filter(state="joined").update(state="declined")
    assert "is on another driver" in answer(owner, Join.objects.get(state="open"), "approve")
