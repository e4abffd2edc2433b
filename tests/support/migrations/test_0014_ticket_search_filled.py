"""Tickets that were there before the search are found after the migration, more of them than one batch has."""

import importlib

import pytest

from support.models import Ticket, TicketIndex
from support.queues import finding
from tests.kit.migrating import Migrate, landed, migrate
from tests.kit.tickets import opened

__all__ = ["migrate"]
BEFORE, AFTER = [("support", "0012_proof_of_identity")], [("support", "0014_ticket_search_filled")]


@landed
def test_tickets_of_before_are_filled_in_batches(migrate: Migrate, monkeypatch: pytest.MonkeyPatch):
    migration = importlib.import_module("support.migrations.0014_ticket_search_filled")
    monkeypatch.setattr(migration, "_BATCH", 2)
    made = [opened(subject=f"The breaker tripped {number}").pk for number in range(5)]

    migrate(BEFORE)
    migrate(AFTER)

    assert set(TicketIndex.objects.values_list("pk", flat=True)) == set(made)
    assert finding.ranked(Ticket.objects.all(), "breaker") == sorted(made, reverse=True)
