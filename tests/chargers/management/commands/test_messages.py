"""`manage.py messages`: the wire journal of a charger, a JSON object a line."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from chargers.fleet import hardware_swaps
from tests.kit.recording import journal

__all__ = ["journal"]
pytestmark = pytest.mark.django_db


def printed(*arguments):
    out = StringIO()
    call_command("messages", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_it_prints_the_frames_oldest_first_as_they_were(journal):
    frames = printed("--charger", "CP1", "--since", "2026-03-10T12:01:00Z")

    assert [(frame["direction"], frame["action"]) for frame in frames[:4]] == [
        ("in", "StartTransaction"),
        ("out", "StartTransaction"),
        ("out", "Reset"),
        ("in", "Reset"),
    ]
    assert frames[0] == {
        "at": "2026-03-10T12:01:00+00:00",
        "charger": "CP1",
        "upstream": None,
        "version": "1.6",
        "direction": "in",
        "type": 2,
        "message_id": "1",
        "action": "StartTransaction",
        "raw": '{"idTag":"04A1"}',
    }


def test_it_narrows_what_it_prints(journal):
    assert len(printed("--charger", "CP1", "--action", "Authorize")) == 2
    assert len(printed("--charger", "CP1", "--search", "Alfen")) == 2


@pytest.mark.parametrize("arguments", [["--charger", "NOBODY"], ["--charger", "CP1", "--since", "yesterday"]])
def test_it_says_what_is_wrong_and_exits_with_2(charger, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        call_command("messages", *arguments, stderr=StringIO())

    assert caught.value.code == 2


def test_the_former_id_of_replaced_hardware_leads_to_the_same_journal(journal, charger):
    before = len(printed("--charger", "CP1"))
    swap = {"reason": "", "origin": "user:a@b.c", "is_paid": lambda _: False}
    hardware_swaps.replace(charger, "CP9", now=datetime.now(tz=UTC), **swap)

    assert len(printed("--charger", "CP1")) == len(printed("--charger", "CP9")) == before
