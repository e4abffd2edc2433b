"""Notices of 2.1 stations only: batteries, the grid, payments, streams of values. Pure."""

from datetime import UTC, datetime

from chargers.protocol.events import Misfit, Understood
from chargers.protocol.versions import v21, v201
from tests.kit.v201 import event, read

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_it_reads_the_same_messages_in_2_1_and_more_of_them():
    payload = event("Started", idToken={"idToken": "A", "type": "SomethingNew"})

    assert v21.read("TransactionEvent", payload, now=NOW) == Understood(read("TransactionEvent", payload).event)
    assert isinstance(v21.read("NotifySettlement", {}, now=NOW), Misfit | Understood)
    assert isinstance(v201.read("NotifySettlement", {}, now=NOW), Misfit)
