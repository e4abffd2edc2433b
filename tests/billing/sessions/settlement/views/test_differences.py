"""Sessions > one: a stop that came late; both receipts side by side, and one click to bill the rest or to leave it."""

import pytest

from authorization.models import AuditEntry
from billing.models import Receipt
from tests.kit.callers import Api, make_key
from tests.kit.logging_in import logged_in
from tests.kit.sessions_pages import late
from tests.kit.world import make_user

__all__ = ["late"]
pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize("person", ["owner", "agent"])
def test_it_shows_both_receipts_and_bills_the_difference(world, late, client_of, person):
    client, page = client_of(getattr(world, person)), f"/sessions/{late.pk}/"
    text = text_of(client.get(page))
    assert "Bill the difference of $1.20" in text
    assert "Leave it at $9.00" in text
    assert "It stays owed: the card was for what was held only." in text

    done = text_of(client.post(f"{page}difference/", {"do": "bill", "expected": "120"}, follow=True))

    assert "$1.20 more is billed: the corrected receipt is issued." in done
    assert "Not collected: $1.20" in done
    assert "Bill the difference" not in done
    entry = AuditEntry.objects.get(verb="session.difference_billed")
    assert (entry.before["total_minor"], entry.after["total_minor"]) == (900, 1020)
    assert Receipt.objects.get(kind="correction").document["report"]["total"] == 1020


@pytest.mark.parametrize("page", ["/money/", "/attention/", "/"])
def test_it_is_named_where_people_look_for_what_waits(world, late, client_of, page):
    """Only its own page said so."""
    text = text_of(client_of(world.owner).get(page))

    assert "late stop could add to a bill" in text.lower() or "Late stops that could add to a bill" in text
    assert "$1.20" in text or page == "/"
    assert "Nothing waits for you" not in text


@pytest.mark.fresh_log_in
def test_it_leaves_it_and_the_second_is_told(world, late, client_of):
    first, second = client_of(world.owner), client_of(make_user("second@example.com", world.host, "manager"))
    page = f"/sessions/{late.pk}/difference/"

    left = text_of(first.post(page, {"do": "leave"}, follow=True))
    told = text_of(second.post(page, {"do": "bill", "expected": "120"}, follow=True))

    assert "It is left as it was: the receipt stands." in left
    assert "owner@example.com decided this already and left it as it was" in told
    assert AuditEntry.objects.get(verb__startswith="session.difference").verb == "session.difference_left"
    assert not Receipt.objects.filter(kind="correction").exists()


@pytest.mark.parametrize("expected", ["121", "", "x", "9" * 30])
def test_it_bills_only_what_was_shown(world, late, client_of, expected):
    done = client_of(world.owner).post(
        f"/sessions/{late.pk}/difference/", {"do": "bill", "expected": expected}, follow=True
    )

    assert "has changed since you opened the page" in text_of(done)
    assert not Receipt.objects.filter(kind="correction").exists()


def test_a_stolen_session_leaves_no_difference_without_the_password(world, late):
    asked = logged_in(world.owner).post(f"/sessions/{late.pk}/difference/", {"do": "leave"})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    late.late_stop.refresh_from_db()
    assert late.late_stop.answered_at is None


@pytest.mark.fresh_log_in
def test_it_waits_among_the_money_to_look_at_until_somebody_decides(world, late, client_of):
    client = client_of(world.agent)
    before = text_of(client.get("/books/cases/"))
    client.post(f"/sessions/{late.pk}/difference/", {"do": "leave"})

    assert "$10.20 instead of $9.00" in before
    assert "None waits for a decision." in text_of(client.get("/books/cases/"))


def test_a_teammate_who_only_reads_decides_nothing(world, late, client_of):
    client = client_of(world.teammate)

    assert "Bill the difference" not in text_of(client.get(f"/sessions/{late.pk}/"))
    assert client.post(f"/sessions/{late.pk}/difference/", {"do": "leave"}).status_code == 404


def test_a_stranger_sees_nothing(world, late, client_of):
    client = client_of(world.stranger)

    assert client.post(f"/sessions/{late.pk}/difference/", {"do": "leave"}).status_code == 404
    assert (
        Api(make_key(world.stranger.memberships.get().host)).get(f"sessions/{late.pk}/difference/").status_code == 404
    )
