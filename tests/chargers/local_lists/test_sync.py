"""Local lists and caches that are kept in step, look by look: what is asked for, and what becomes of the answers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AccessRule, ReimbursementContract, Token, TokenGroup
from authorization.tokens import local_lists, tokens
from chargers.commands import queue
from chargers.commands.results import of_reply
from chargers.flows import command_effects
from chargers.journal.connection import Connection, Outgoing
from chargers.lib import ids
from chargers.local_lists import list_state, sync
from chargers.models import CardMemory, Charger, Command, LocalList, Transaction, Variable
from chargers.protocol.frames import Version
from chargers.sentences import stored
from tests.chargers.conftest import make_charger

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def group(site):
    group = TokenGroup.objects.create(host=site.host, slug="residents", name="Residents")
    group.properties.add(site)
    return group


@pytest.fixture
def online(charger, group):
    Charger.objects.update(connection_id=ids.new(now=NOW), connected_at=NOW - timedelta(minutes=5), ocpp_version="1.6")
    for uid in ("04AA", "04BB", "04CC"):
        add(group, uid)
    charger.refresh_from_db()
    return charger


def add(group, uid, **fields):
    token = Token.objects.create(host=group.host, uid=uid, canonical_uid=uid, **fields)
    token.groups.add(group)
    return token


def setting(charger, name, value, *, component=""):
    Variable.objects.create(charger=charger, component=component, name=name, value=value, reported_at=NOW)


def look(now=NOW):
    for pks in sync.due(now=now).values():
        sync.keep(pks, now=now)
    return CardMemory.objects.first()


def waiting():
    return Command.objects.filter(state="queued").order_by("created_at", "id").first()


def answer(reply, *, now=NOW, version=Version.V16):
    """The charger's answer to the command that waits, with everything that follows from it."""
    command = waiting()
    Command.objects.filter(pk=command.pk).update(state="sent")
    outcome = of_reply(command.action, reply)
    outgoing = Outgoing(command.pk, ids.new(now=now), "m", command.action, "")
    command_effects.follow(Connection(command.charger, version, ids.new(now=now)), outgoing, outcome, reply, now=now)
    assert queue.close(command.pk, state=outcome.result.value, outcome=outcome.sentences, reply=reply, now=now)
    return command


def keep_in_step(charger):
    """A charger that has taken our list."""
    list_state.choose(charger, "on")
    look()
    answer({"listVersion": 0})
    look()
    answer({"status": "Accepted"})
    memory = look()
    assert memory.state == "in_step"
    return memory


def uids_of(command):
    return [one["idTag"] for one in command.payload.get("localAuthorizationList", [])]


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
    list_state.changed(online.property.host)

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
    list_state.changed(online.property.host)
    assert look().state == "pending"
    assert waiting() is None
    Token.objects.filter(uid="04CC").update(blocked=True)
    later = NOW + timedelta(days=3)
    Charger.objects.update(connection_id=ids.new(now=later), connected_at=later - timedelta(seconds=10))

    look(later)
    assert answer({"listVersion": 1}, now=later).action == "GetLocalListVersion"
    look(later)

    assert uids_of(waiting()) == ["04BB", "04CC"]
    assert waiting().payload["updateType"] == "Differential"


def test_it_notices_a_list_that_somebody_else_changed_and_sends_it_anew(online):
    keep_in_step(online)
    later = NOW + timedelta(days=2)
    look(later)
    answer({"listVersion": 7}, now=later)

    memory = look(later)

    assert memory.drift == "It had version 7, where version 1 was ours: somebody else changed its list."
    assert (memory.drifted_at, memory.reported_version) == (later, 7)
    assert (waiting().payload["updateType"], waiting().payload["listVersion"]) == ("Full", 8)


@pytest.mark.parametrize("status", ["VersionMismatch", "Failed"])
def test_it_sends_the_full_list_once_after_a_refusal_and_then_says_so(online, group, status):
    keep_in_step(online)
    add(group, "04DD")
    list_state.changed(online.property.host)
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
    list_state.changed(online.property.host)
    look()

    assert (memory.state, memory.problem) == ("not_supported", "The charger keeps no local list.")
    assert waiting() is None


def test_it_asks_for_the_version_where_nobody_knows_whether_the_list_arrived(online, group):
    keep_in_step(online)
    add(group, "04DD")
    list_state.changed(online.property.host)
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

    (slot,) = sync.slots([memory], now=NOW)

    assert "04CC" in [entry.uid for entry in slot.plan.entries]
    assert (memory.cards, memory.left_out) == (2, 3)
    assert {one.why for one in slot.plan.left_out} == {
        "The charger holds 2 cards; others charged here more lately.",
        "OCPP 1.6 takes 20 characters.",
        "Only a group with hours lets it in, and a list knows no hours.",
    }


def test_it_empties_the_list_that_is_not_to_be_kept_any_more(online):
    keep_in_step(online)
    list_state.choose(online, "off")
    look()

    assert len(answer({"status": "Accepted"}).payload["localAuthorizationList"]) == 3
    memory = look()

    assert (memory.state, memory.synced_at) == ("off", None)
    assert LocalList.objects.get().entries == {}


def test_it_follows_the_property_also_for_chargers_that_come_later(online, site):
    list_state.choose_for_property(site, keeps=True)
    make_charger(site, "CP9")
    sync.complete()
    look()

    assert set(CardMemory.objects.values_list("charger__charger_id", "state")) == {
        ("CP1", "pending"),
        ("CP9", "pending"),
    }


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
    Charger.objects.filter(pk=other.pk).update(connection_id=ids.new(now=NOW), connected_at=NOW)
    look(later)
    assert waiting().charger == other


def test_it_looks_again_where_a_grant_ended_by_itself(online):
    guest = Token.objects.create(host=online.property.host, uid="04FF", canonical_uid="04FF")
    AccessRule.objects.create(token=guest, charger=online, active_to=NOW + timedelta(hours=1))
    keep_in_step(online)
    assert LocalList.objects.get().entries["04FF"]["expiryDate"] == "2026-03-10T13:00:00.000Z"

    look(NOW + timedelta(hours=2))

    assert uids_of(waiting()) == ["04FF"]


def test_it_asks_as_many_questions_for_many_chargers_as_for_one(online, site):
    def queries(count):
        with CaptureQueriesContext(
            connection,
        ) as found:
            local_lists.tokens_by_charger(Charger.objects.select_related("property")[:count], now=NOW)
        return len(found)

    for number in range(20):
        make_charger(site, f"X{number}")

    assert queries(20) == queries(1) <= 10


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


def test_a_card_whose_contract_pays_here_is_on_the_list_while_the_contract_lasts(online, site):
    token = Token.objects.create(host=site.host, uid="04DD", canonical_uid="04DD")
    contract = ReimbursementContract.objects.create(
        host=site.host,
        token=token,
        name="Kim",
        employer="Acme",
        currency="USD",
        active_from=NOW - timedelta(days=1),
        active_to=NOW + timedelta(days=1),
    )
    contract.chargers.add(online)

    found = {one.uid: one.expires_at for one in local_lists.cards(online, now=NOW)}

    assert found["04DD"] == NOW + timedelta(days=1)
    assert "04DD" not in {one.uid for one in local_lists.cards(online, now=NOW + timedelta(days=2))}


def test_it_lists_a_card_as_the_reader_reports_it_however_it_was_typed(online, group):
    tokens.whitelist(group=group, uid="0x04:a1:b2:c3:d4:e5:f6")

    assert "04A1B2C3D4E5F6" in {one.uid for one in local_lists.cards(online, now=NOW)}
