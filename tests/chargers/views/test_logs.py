"""Chargers > View > Logs: what just happened, and why?"""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.journal import messages
from chargers.lib import ids
from chargers.models import Message, Property
from tests.kit import charging
from tests.kit.world import tap


def rows(response) -> str:
    return response.content.decode().partition("<table")[2]


def status_notification(charger, *, at=None, text="Faulted") -> Message:
    at = at or datetime.now(tz=UTC)
    return Message.objects.create(
        id=ids.generate(now=at),
        charger=charger,
        direction="in",
        ocpp_version="1.6",
        message_type=2,
        message_id="s",
        action="StatusNotification",
        request_at=at,
        request=f'[2,"s","StatusNotification",{{"info":"{text}"}}]',
        answer_at=at + timedelta(milliseconds=7),
        answer='[3,"s",{}]',
        answer_type=3,
    )


def test_it_shows_a_request_and_its_answer_on_one_row(world, client_of):
    status_notification(world.charger)

    text = rows(client_of(world.owner).get("/chargers/CP1/logs/"))

    assert text.count("StatusNotification") == 1
    assert "7 ms" in text


@pytest.mark.parametrize(
    "query", ["Authorize", "authorize", "04DEADBEEF01", "Invalid", "idTag", "04DEADBEEF01 Authorize"]
)
def test_it_finds_a_row_by_action_uid_verdict_or_any_word(world, client_of, query):
    tap(world.charger, "04DEADBEEF01")
    status_notification(world.charger)

    text = rows(client_of(world.owner).get("/chargers/CP1/logs/", {"q": query}))

    assert "04DEADBEEF01" in text
    assert "StatusNotification" not in text


@pytest.mark.parametrize("presented", ["04DEADBEEF01", "04:DE:AD:BE:EF:01"])
@pytest.mark.parametrize("query", ["04:de:ad:be:ef:01", "04DEADBEEF01", "04 DE AD BE EF 01", "04-DE-AD-BE-EF-01"])
def test_it_finds_a_uid_in_any_notation(world, client_of, presented, query):
    tap(world.charger, presented)
    status_notification(world.charger)

    text = rows(client_of(world.owner).get("/chargers/CP1/logs/", {"q": query}))

    assert presented in text
    assert "StatusNotification" not in text


def test_it_finds_the_messages_of_a_session_and_of_its_receipt(world, client_of):
    Property.objects.update(access="guest")
    world.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    row, at = session.transaction, session.transaction.started_at
    Message.objects.create(
        id=ids.generate(now=at),
        charger=world.charger,
        direction="in",
        ocpp_version="1.6",
        message_type=2,
        action="MeterValues",
        request_at=at,
        request="[]",
        transaction_ref=row.transaction_id,
    )
    status_notification(world.charger, at=at)
    client = client_of(world.owner)

    for query in (str(session.pk), session.receipts.get().label):
        text = rows(client.get("/chargers/CP1/logs/", {"q": query}))
        assert "MeterValues" in text
        assert "StatusNotification" not in text
    assert "MeterValues" not in rows(client.get("/chargers/CP1/logs/", {"q": "2026-999999"}))


def test_it_can_show_authorization_only(world, client_of):
    tap(world.charger, "04A1B2C3D4")
    status_notification(world.charger)

    text = rows(client_of(world.owner).get("/chargers/CP1/logs/", {"auth": "on"}))

    assert "Authorize" in text
    assert "StatusNotification" not in text


def test_it_says_why_a_card_was_refused_and_links_the_remedy(world, client_of):
    message = tap(world.charger, "04DEADBEEF01")

    response = client_of(world.owner).get(f"/chargers/CP1/logs/{message.id}/", headers={"HX-Request": "true"})

    text = response.content.decode()
    assert "Refused:" in text
    assert "What to do next" in text
    assert "Who decided: us" in text
    assert "/authorization/tokens/add/?uid=04DEADBEEF01&amp;charger=CP1" in text
    assert "<html" not in text


def test_its_row_offers_why_only_where_something_was_decided(world, client_of):
    tap(world.charger, "04DEADBEEF01")
    status_notification(world.charger)

    text = rows(client_of(world.owner).get("/chargers/CP1/logs/"))

    assert text.count(">Why?</a>") == 1
    assert text.count(">Show</a>") == 1


def test_its_live_feed_brings_only_what_is_new(world, client_of):
    first = tap(world.charger, "04A1B2C3D4")
    client = client_of(world.owner)
    headers = {"HX-Request": "true"}

    nothing = client.get("/chargers/CP1/logs/", {"after": str(first.id)}, headers=headers)
    second = tap(world.charger, "04DEADBEEF01")
    something = client.get("/chargers/CP1/logs/", {"after": str(first.id)}, headers=headers)

    assert nothing.status_code == 204
    assert "04DEADBEEF01" in something.content.decode()
    assert "04A1B2C3D4" not in something.content.decode()
    assert f"after={second.id}" in something.content.decode()


def test_it_pages_to_older_rows_by_key(world, client_of):
    begin = datetime.now(tz=UTC) - timedelta(hours=1)
    for number in range(70):
        status_notification(world.charger, at=begin + timedelta(seconds=number), text=f"row-{number:02d}")
    client = client_of(world.owner)

    first = client.get("/chargers/CP1/logs/")
    second = client.get("/chargers/CP1/logs/", {"before": str(first.context["older"])})

    assert len(first.context["rows"]) == 50
    assert len(second.context["rows"]) == 20
    assert second.context["older"] is None


def test_a_search_reads_so_many_messages_at_once_and_leads_on(world, client_of, monkeypatch):
    monkeypatch.setattr(messages, "READ_AT_ONCE", 5)
    begin = datetime.now(tz=UTC) - timedelta(hours=1)
    for number in range(12):
        status_notification(world.charger, at=begin + timedelta(seconds=number), text=f"row-{number:02d}")
    client, found = client_of(world.owner), []
    answer = client.get("/chargers/CP1/logs/", {"q": "row-01"})
    assert "Older messages have not been searched yet" in answer.content.decode()
    while unread := answer.context["unread"]:
        found.append(len(answer.context["rows"]))
        answer = client.get("/chargers/CP1/logs/", {"q": "row-01", "before": str(unread)})
    assert [*found, len(answer.context["rows"])] == [0, 0, 1]
    assert "row-01" in rows(answer)
    assert client.get("/chargers/CP1/logs/").context["unread"] is None


def test_its_query_count_does_not_grow_with_rows(world, client_of, django_assert_max_num_queries):
    for number in range(40):
        tap(world.charger, f"04DEADBE{number:04d}")

    client = client_of(world.owner)

    with django_assert_max_num_queries(9):
        client.get("/chargers/CP1/logs/")


def test_it_escapes_what_chargers_send(world, client_of):
    status_notification(world.charger, text="<script>alert(1)</script>")

    response = client_of(world.owner).get(f"/chargers/CP1/logs/{Message.objects.get().id}/")

    assert b"<script>alert" not in response.content
