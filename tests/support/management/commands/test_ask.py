"""`manage.py ask`: the assistant on one sentence, without a conversation."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from chargers.models import Charger
from tests.kit import charging
from tests.kit.guest import station
from tests.kit.guest_asking import _nobody_was_counted_yet, paid, running

__all__ = ["_nobody_was_counted_yet", "paid", "running", "station"]
pytestmark = pytest.mark.django_db


def test_the_command_answers_one_sentence(world, station, capsys):
    call_command("ask", "Lader is offline", "--station", "SUN001", "--language", "nl", "--json")
    found = json.loads(capsys.readouterr().out)

    assert found["topic"] == "1"
    assert found["asks"] == ["attempted_at"]
    assert found["facts"]
    with pytest.raises(CommandError):
        call_command("ask", "x", "--station", "NOWHERE")
    call_command("ask", "what is the weather like", "--json")
    assert json.loads(capsys.readouterr().out)["topic"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x", "--session", "nonsense"], "There is no session nonsense."),
        (["x", "--session", "01a20a21-4fc8-7a60-8375-b2c0255580c7"], "There is no session"),
        (["x", "--station", "NOWHERE"], "There is no station NOWHERE in service."),
    ],
)
def test_the_command_refuses_what_is_not_there(world, arguments, words):
    with pytest.raises(CommandError) as caught:
        call_command("ask", *arguments)

    assert caught.value.returncode == 2
    assert words in str(caught.value)


def test_the_command_asks_nothing_that_the_session_tells(world, paid, capsys):
    answers = []
    for text in ("I was overcharged", "why so expensive", "the charger is offline", "the car does not charge",
                 "no permission to use this charger", "QR code does not scan"):  # fmt: skip
        call_command("ask", text, "--session", str(paid.pk), "--station", "SUN001", "--json")
        answers.append(json.loads(capsys.readouterr().out))

    assert [one["topic"] for one in answers] == ["4", "5", "1", "2", "3", "9"]
    tells = {"property", "charger_id", "attempted_at", "amount", "last4", "account_email"}
    assert [tells & set(one["asks"]) for one in answers] == [set()] * 6
    assert all(one["facts"] for one in answers)


@pytest.mark.parametrize("text", ["", " ", "\x00", "?!", "x" * 100_000, "'; DROP TABLE support_ticket; --"])
def test_the_command_answers_odd_words_in_a_sentence(world, text, capsys):
    call_command("ask", text, "--json")

    found = json.loads(capsys.readouterr().out)
    assert found["topic"] is None
    assert found["answer"]


def test_the_command_refuses_a_session_of_another_station(world, paid):
    Charger.objects.create(charger_id="CP2", station_id="SUN002", property=world.site)

    with pytest.raises(CommandError, match="That session was at SUN001, not at SUN002"):
        call_command("ask", "x", "--station", "SUN002", "--session", str(paid.pk))


STOPS = "the car is plugged in but does not charge"


def test_the_command_has_the_cause_of_a_session_as_facts(world, running, station, capsys):
    charging.report(world.charger, "SuspendedEV", at=datetime.now(tz=UTC) - timedelta(minutes=10))
    call_command("ask", STOPS, "--session", str(running.pk), "--json")

    found = json.loads(capsys.readouterr().out)
    assert "not asking for power" in found["facts"][0]
    assert "timer" in found["steps"][0]


@pytest.mark.parametrize("language", ["nl", "de", "fr", "es"])
def test_no_guest_is_told_of_zero_chargers_in_english(world, capsys, language):
    call_command("ask", "wijs mijn lader toe aan een andere locatie", "--language", language, "--json")

    told = json.loads(capsys.readouterr().out)
    assert told["topic"] == "8"
    assert "charger" not in " ".join(told["facts"]).lower().replace("chargers", "")
    assert "We see" not in told["answer"]
