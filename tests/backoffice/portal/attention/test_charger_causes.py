"""Chargers that need a person: offline, faulted, refusing, without a certificate or a licence."""

from datetime import UTC, datetime, timedelta

from backoffice.portal.attention import attention
from backoffice.portal.attention.cause import Kind
from tests.kit.attention_pages import fault, labels, online
from tests.kit.world import tap

__all__ = ["online"]
NOW = datetime.now(tz=UTC)


def test_a_charger_with_several_causes_is_one_row_with_a_fix_for_each(online, client_of):
    fault(online.charger, at=NOW - timedelta(hours=3))
    for _ in range(3):
        tap(online.charger, "DEADBEEF")

    [row] = attention.for_viewer(online.owner, now=datetime.now(tz=UTC)).rows

    assert {cause.kind for cause in row.causes} == {Kind.FAULTED, Kind.REFUSALS}
    assert all(cause.fix.text for cause in row.causes)
    text = client_of(online.owner).get("/").text
    assert text.count('href="/chargers/CP1/">SUN001</a>') == 1
    assert 'href="/chargers/CP1/">Have it checked before a restart</a>' in text
    assert "connector 1, GroundFailure" in text


def test_it_is_closed_by_the_fix_itself(online, client_of):
    fault(online.charger, at=NOW - timedelta(hours=3))
    client = client_of(online.owner)
    assert "SUN001" in labels(client, "/")

    fault(online.charger, at=NOW, status="Available")

    assert labels(client, "/") == labels(client) == []


def test_a_fault_that_a_restart_may_clear_opens_the_command_itself(online):
    fault(online.charger, at=NOW - timedelta(hours=3), error="ReaderFailure")

    [row] = attention.for_viewer(online.owner, now=datetime.now(tz=UTC)).rows

    [cause] = row.causes
    assert (cause.fix.text, cause.fix.href) == ("Restart it", "/chargers/CP1/commands/?open=reset_soft#reset_soft")
