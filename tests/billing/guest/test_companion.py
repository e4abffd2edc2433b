"""A guest shares a running session: the companion sees energy, time and power, and gets no further."""

import re
from datetime import timedelta

from django.test import Client

from billing.models import CompanionLink, Session
from chargers.models import Connector, Transaction
from tests.kit import charging
from tests.kit.running import now, running

__all__ = ["now", "running"]


def share(session, **fields) -> str:
    page = Client().post(f"/s/{session.secret}/share", fields).content.decode()
    return re.search(r'id="companion-link" href="http://testserver(/with/[\w-]+/)"', page)[1]


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_companion_sees_energy_time_and_power(running):
    Transaction.objects.update(power_w=7200)

    answer = Client().get(share(running))

    text = text_of(answer)
    assert [words in text for words in ("Charging", "7.000 kWh", "1 h", "7.2 kW", running.property.name)] == [True] * 5
    assert "Cost" not in text


def test_a_companion_sees_nothing_of_the_guest_and_can_do_nothing(running):
    address = share(running)

    answer = Client().get(address)

    page = answer.content.decode()
    private = (running.secret, "kim@example.com", "4242", "/s/", "receipt", "Stop", "<form", "$")
    assert [words for words in private if words in page] == []
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer.headers["Cache-Control"]
    assert Client().post(address).status_code == 405
    assert Client().post(address.replace("/with/", "/s/") + "stop").status_code == 404


def test_the_cost_is_shown_only_if_the_guest_chose_so(running):
    assert "Cost so far $3.80" in text_of(Client().get(share(running, cost="on")))
    assert "Cost so far" not in text_of(Client().get(share(running)))


def test_the_link_is_shown_once_and_can_be_withdrawn(running):
    guest, address = Client(), share(running)
    assert "A link made at" in text_of(guest.get(f"/s/{running.secret}/share"))
    assert address not in guest.get(f"/s/{running.secret}/share").content.decode()

    guest.post(f"/s/{running.secret}/share/withdraw")

    assert not CompanionLink.objects.exists()
    gone = Client().get(address)
    assert (gone.status_code, "This link is over" in text_of(gone)) == (410, True)
    assert Client().get(address, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"


def test_the_page_goes_on_by_itself(running):
    address = share(running)
    part = Client().get(address, headers={"hx-request": "true"}).content.decode()

    assert f'hx-get="{address}"' in part
    assert "<html" not in part


def test_it_says_when_charging_has_ended_or_the_charger_is_away(running, now):
    address = share(running)
    charging.report(running.charger, "SuspendedEV", at=now - timedelta(minutes=2))
    Connector.objects.update(status="SuspendedEV", status_at=now - timedelta(minutes=2))
    assert "Charging has ended" in text_of(Client().get(address))
    type(running.charger).objects.update(connection_id=None, disconnected_at=now)

    assert "No contact with the charger" in text_of(Client().get(address))


def test_a_session_that_is_not_running_cannot_be_shared(running):
    Session.objects.filter(pk=running.pk).update(state="failed")

    assert Client().get(f"/s/{running.secret}/share").status_code == 302
    Client().post(f"/s/{running.secret}/share")
    assert not CompanionLink.objects.exists()


def test_many_links_from_one_source_are_refused(running):
    answers = [Client().post(f"/s/{running.secret}/share").status_code for _ in range(31)]

    assert answers == [200] * 30 + [429]
