"""What is to be kept in step in chargers' own memories of cards: lists and caches. Rows only; `kept_lists` acts."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Token
from chargers.lib import ids
from chargers.local_lists import list_state
from chargers.models import CardMemory, Charger, Command, LocalList
from tests.chargers.conftest import make_charger
from tests.kit.local_lists_sync import add, answer, group, keep_in_step, look, online, setting, uids_of, waiting

__all__ = ["group", "online"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_it_reads_the_version_first_and_sends_the_full_list_then(online):
    list_state.choose(online, "on")

    assert look().state == "pending"
    assert answer({"listVersion": 0}).action == "GetLocalListVersion"
    look()
    sent = answer({"status": "Accepted"})
    memory = look()

    assert (sent.payload["updateType"], sent.payload["listVersion"]) == ("Full", 1)
    assert uids_of(sent) == ["04AA", "04BB", "04CC"]
    assert (memory.state, memory.version, memory.reported_version, memory.synced_at) == ("in_step", 1, 1, NOW)
    assert waiting() is None


def test_it_sends_only_what_changed_to_a_list_that_is_ours(online, group):
    keep_in_step(online)
    Token.objects.filter(uid="04BB").update(blocked=True)
    add(group, "04DD")
    list_state.mark_host_due(online.property.host)

    look()

    sent = waiting()
    assert (sent.payload["updateType"], sent.payload["listVersion"]) == ("Differential", 2)
    assert sent.payload["localAuthorizationList"] == [
        {"idTag": "04DD", "idTagInfo": {"status": "Accepted"}},
        {"idTag": "04BB"},
    ]


def test_it_does_nothing_for_a_charger_that_keeps_no_list(online):
    list_state.memory_of(online)

    assert look() is None or CardMemory.objects.get().state == "off"
    assert Command.objects.count() == 0


def test_it_holds_the_list_of_now_for_a_charger_that_comes_back(online, group):
    keep_in_step(online)
    Charger.objects.update(connection_id=None)
    Token.objects.filter(uid="04BB").update(blocked=True)
    list_state.mark_host_due(online.property.host)
    assert look().state == "pending"
    assert waiting() is None
    Token.objects.filter(uid="04CC").update(blocked=True)
    later = NOW + timedelta(days=3)
    Charger.objects.update(connection_id=ids.generate(now=later), connected_at=later - timedelta(seconds=10))

    look(later)
    assert answer({"listVersion": 1}, now=later).action == "GetLocalListVersion"
    look(later)

    assert uids_of(waiting()) == ["04BB", "04CC"]
    assert waiting().payload["updateType"] == "Differential"


@pytest.mark.parametrize("status", ["VersionMismatch", "Failed"])
def test_it_sends_the_full_list_once_after_a_refusal_and_then_says_so(online, group, status):
    keep_in_step(online)
    add(group, "04DD")
    list_state.mark_host_due(online.property.host)
    look()
    answer({"status": status})

    assert look().state == "pending"
    assert waiting().payload["updateType"] == "Full"
    answer({"status": status})
    memory = look()

    assert memory.state == "refused"
    assert memory.problem
    assert look().state == "refused"
    assert waiting() is None
    list_state.push(online)
    look()
    assert waiting().action == "GetLocalListVersion"


def test_it_takes_not_supported_for_an_answer(online):
    list_state.choose(online, "on")
    look()
    answer({"listVersion": -1})

    memory = look()
    list_state.mark_host_due(online.property.host)
    look()

    assert (memory.state, memory.problem) == ("not_supported", "The charger keeps no local list.")
    assert waiting() is None


def test_it_asks_for_the_version_where_nobody_knows_whether_the_list_arrived(online, group):
    keep_in_step(online)
    add(group, "04DD")
    list_state.mark_host_due(online.property.host)
    look()
    Command.objects.filter(pk=waiting().pk).update(state="unknown")

    memory = look()
    assert waiting().action == "GetLocalListVersion"
    answer({"listVersion": 2})
    memory = look()

    assert memory.drift == ""
    assert waiting().payload["updateType"] == "Full"


def test_it_cuts_a_long_list_and_goes_on_after_each_answer(online):
    setting(online, "SendLocalListMaxLength", "2")
    list_state.choose(online, "on")
    look()
    answer({"listVersion": 0})
    look()
    first = answer({"status": "Accepted"})
    look()
    second = answer({"status": "Accepted"})

    assert (uids_of(first), first.payload["updateType"]) == (["04AA", "04BB"], "Full")
    assert (uids_of(second), second.payload["updateType"]) == (["04CC"], "Differential")
    assert look().state == "in_step"


def test_it_empties_the_list_that_is_not_to_be_kept_any_more(online):
    keep_in_step(online)
    list_state.choose(online, "off")
    look()

    assert len(answer({"status": "Accepted"}).payload["localAuthorizationList"]) == 3
    memory = look()

    assert (memory.state, memory.synced_at) == ("off", None)
    assert LocalList.objects.get().entries == {}


def test_it_clears_the_cache_where_there_is_one_and_where_it_is_back(online, site):
    other = make_charger(site, "CP2")
    for one in (online, other):
        setting(one, "AuthorizationCacheEnabled", "True")
    assert list_state.forget([online, other, make_charger(site, "CP3")], now=NOW) == [online, other]

    look()
    assert answer({"status": "Accepted"}).action == "ClearCache"
    look()

    assert list(Command.objects.values_list("charger__charger_id", flat=True)) == ["CP1"]
    told = CardMemory.objects.in_bulk(field_name="charger_id")
    assert (told[online.pk].cache_due_at, told[online.pk].cache_cleared_at) == (None, NOW)
    assert told[other.pk].cache_due_at == NOW
    later = NOW + timedelta(hours=1)
    Charger.objects.filter(pk=other.pk).update(connection_id=ids.generate(now=NOW), connected_at=NOW)
    look(later)
    assert waiting().charger == other


def test_it_sends_nothing_where_the_wish_was_taken_back_before_a_list_went_out(online):
    list_state.choose(online, "on")
    list_state.choose(online, "off")
    assert look().state == "off"

    list_state.choose(online, "on")
    look()
    list_state.choose(online, "off")
    answer({"listVersion": 4})

    assert look().state == "off"
    assert waiting() is None


def test_it_empties_a_list_that_arrived_after_the_wish_was_taken_back(online):
    list_state.choose(online, "on")
    look()
    answer({"listVersion": 0})
    look()
    list_state.choose(online, "off")
    answer({"status": "Accepted"})

    look()

    assert len(answer({"status": "Accepted"}).payload["localAuthorizationList"]) == 3
    assert look().state == "off"


def test_it_gives_up_for_an_hour_on_a_charger_that_never_answers(online):
    list_state.choose(online, "on")
    for _ in range(3):
        look()
        Command.objects.filter(pk=waiting().pk).update(state="timed_out", sent_at=NOW)

    memory = look()

    assert memory.state == "refused"
    assert memory.problem.startswith("The charger did not answer 3 times in a row")
    assert waiting() is None
    look(NOW + timedelta(minutes=61))
    assert waiting().action == "GetLocalListVersion"


def test_new_hardware_is_sent_the_whole_list_again(online):
    list_state.choose(online, "on")
    keep_in_step(online)
    list_state.clear_cache(online, now=NOW)

    list_state.forget_all(online)

    memory = CardMemory.objects.get()
    assert (memory.choice, memory.state, memory.version, memory.cache_due_at) == ("on", "off", None, None)
    look()
    assert answer({"listVersion": 0}).action == "GetLocalListVersion"
    look()
    sent = answer({"status": "Accepted"})
    assert (sent.payload["updateType"], uids_of(sent)) == ("Full", ["04AA", "04BB", "04CC"])
    assert look().state == "in_step"
