"""A session held for review or stopped late: billed, waived, corrected by a person."""

from unittest.mock import patch

import pytest

from authorization.models import AuditEntry
from billing.sessions.allowances import first_line
from billing.sessions.allowances.rule import Gift
from tests.kit import charging
from tests.kit.logging_in import logged_in
from tests.kit.sessions_pages import page, priced
from tests.kit.world import PASSWORD

__all__ = ["priced"]


@pytest.mark.fresh_log_in
def test_a_manager_waives_a_held_session_with_a_reason(priced, client_of):
    session = charging.guest(priced.charger, wh=9_000_000)
    client = client_of(priced.owner)
    before = page(client, session)

    silent = client.post(f"/sessions/{session.pk}/waive/", {"reason": " "}, follow=True).content.decode()
    told = client.post(f"/sessions/{session.pk}/waive/", {"reason": "Meter replaced"}, follow=True).content.decode()

    assert "$40.00 held on the card ending in 4242 is released at once" in before
    assert "Say why nothing is to be billed" in silent
    assert "Waived: Meter replaced" in told
    assert "What it would have cost" in told
    assert "Provisional price" not in told
    assert "Bill nothing" not in told
    assert session.holds.get().state == "voided"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb, entry.reason) == ("user:owner@example.com", "session.waived", "Meter replaced")


def test_a_stolen_session_waives_nothing_without_the_password(priced):
    session = charging.guest(priced.charger, wh=9_000_000)
    stolen = logged_in(priced.owner)

    asked = stolen.post(f"/sessions/{session.pk}/waive/", {"reason": "A gift"})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    session.refresh_from_db()
    assert session.state == "held"
    told = stolen.post(asked.headers["Location"], {"password": PASSWORD}, follow=True).content.decode()
    assert "Waived: A gift" in told


def test_what_costs_nothing_is_waived_without_a_log_in(priced):
    session = charging.guest(priced.charger, wh=9_000_000)
    stolen = logged_in(priced.owner)

    with patch.object(first_line, "of_waiver", return_value=Gift(subject="a session", amount_minor=0, currency="USD")):
        told = stolen.post(f"/sessions/{session.pk}/waive/", {"reason": "Nothing came"}, follow=True)

    assert "Waived: Nothing came" in told.content.decode()


@pytest.mark.fresh_log_in
@pytest.mark.parametrize(("who", "status"), [("teammate", 404), ("stranger", 404), ("agent", 302)])
def test_only_who_manages_the_host_waives(priced, client_of, who, status):
    session = charging.charge(priced.charger, wh=9_000_000)
    client = client_of(getattr(priced, who))

    answer = client.post(f"/sessions/{session.pk}/waive/", {"reason": "Meter replaced"})

    assert answer.status_code == status
    session.refresh_from_db()
    assert session.state == ("failed" if who == "agent" else "held")


def test_a_manager_bills_a_held_session_in_one_of_the_ways_that_are_offered(priced, client_of):
    session = charging.held_after_a_jump(priced.charger)
    client = client_of(priced.owner)
    before = page(client, session)

    told = client.post(
        f"/sessions/{session.pk}/review/", {"choice": "last_trusted", "expected": "300"}, follow=True
    ).content.decode()

    assert "Bill up to the last trusted reading" in before
    assert "Bill $3.00" in before
    assert "$3.00 is billed." in told
    session.refresh_from_db()
    assert (session.state, session.holds.get().captured_minor) == ("settled", 300)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after["choice"], entry.after["total_minor"]) == ("session.reviewed", "last_trusted", 300)
    again = client.post(f"/sessions/{session.pk}/review/", {"choice": "last_trusted", "expected": "300"}, follow=True)
    assert "not held for review any more" in again.content.decode()


@pytest.mark.parametrize(("who", "status"), [("teammate", 404), ("stranger", 404), ("agent", 302)])
def test_only_who_manages_the_host_bills_a_held_session(priced, client_of, who, status):
    session = charging.held_after_a_jump(priced.charger)
    client = client_of(getattr(priced, who))

    answer = client.post(f"/sessions/{session.pk}/review/", {"choice": "last_trusted", "expected": "300"})

    assert answer.status_code == status
    session.refresh_from_db()
    assert session.state == ("settled" if who == "agent" else "held")
