"""Local lists and caches that are kept in step, look by look: what is asked for, and what becomes of the answers."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AccessRule, Token, TokenGroup
from authorization.tokens import local_lists, tokens
from chargers.local_lists import list_state, sync
from chargers.models import CardMemory, Command, LocalList, Transaction
from chargers.sentences import stored
from tests.chargers.conftest import make_charger
from tests.kit.local_lists_sync import add, answer, group, keep_in_step, look, online, setting, uids_of, waiting

__all__ = ["group", "online"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_it_notices_a_list_that_somebody_else_changed_and_sends_it_anew(online):
    keep_in_step(online)
    later = NOW + timedelta(days=2)
    look(later)
    answer({"listVersion": 7}, now=later)

    memory = look(later)

    assert memory.drift == "It had version 7, where version 1 was ours: somebody else changed its list."
    assert (memory.drifted_at, memory.reported_version) == (later, 7)
    assert (waiting().payload["updateType"], waiting().payload["listVersion"]) == ("Full", 8)


def test_it_leaves_out_what_has_no_room_and_keeps_who_charged_last(online, group):
    setting(online, "LocalAuthListMaxLength", "2")
    add(group, "04DDDDDDDDDDDDDDDDDDDDDD")
    hours = TokenGroup.objects.create(host=group.host, slug="night", name="Night", schedule=[{"from": "22:00"}])
    hours.chargers.add(online)
    add(hours, "04EE")
    Transaction.objects.create(
        charger=online, transaction_id="1", id_token="04cc", started_at=NOW, start_received_at=NOW, stopped_at=NOW
    )
    list_state.choose(online, "on")
    memory = look()

    (status,) = sync.load_statuses([memory], now=NOW)

    assert "04CC" in [entry.uid for entry in status.plan.entries]
    assert (memory.cards, memory.left_out) == (2, 3)
    assert {one.why for one in status.plan.left_out} == {
        "The charger holds 2 cards; others charged here more lately.",
        "OCPP 1.6 takes 20 characters.",
        "Only a group with hours lets it in, and a list knows no hours.",
    }


def test_it_follows_the_property_also_for_chargers_that_come_later(online, site):
    list_state.choose_for_property(site, keeps=True)
    make_charger(site, "CP9")
    sync.complete()
    look()

    assert set(CardMemory.objects.values_list("charger__charger_id", "state")) == {
        ("CP1", "pending"),
        ("CP9", "pending"),
    }


def test_it_looks_again_where_a_grant_ended_by_itself(online):
    guest = Token.objects.create(host=online.property.host, uid="04FF", canonical_uid="04FF")
    AccessRule.objects.create(token=guest, charger=online, active_to=NOW + timedelta(hours=1))
    keep_in_step(online)
    assert LocalList.objects.get().entries["04FF"]["expiryDate"] == "2026-03-10T13:00:00.000Z"

    look(NOW + timedelta(hours=2))

    assert uids_of(waiting()) == ["04FF"]


def test_it_asks_once_to_clear_a_cache_where_the_charger_keeps_silent(online):
    setting(online, "AuthorizationCacheEnabled", "true")
    list_state.forget([online], now=NOW)
    look()
    Command.objects.filter(pk=waiting().pk).update(
        state="timed_out", sent_at=NOW, outcome_sentences=stored.free("No answer.")
    )

    look()

    memory = CardMemory.objects.get()
    assert (memory.cache_due_at, memory.cache_problem, memory.cache_cleared_at) == (None, "No answer.", None)
    assert waiting() is None


def test_it_lists_a_card_as_the_reader_reports_it_however_it_was_typed(online, group):
    tokens.whitelist(group=group, uid="0x04:a1:b2:c3:d4:e5:f6")

    assert "04A1B2C3D4E5F6" in {one.uid for one in local_lists.cards(online, now=NOW)}
