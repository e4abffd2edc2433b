"""Payouts by API and by command: the same lines, a bridge without a remainder, and the next one."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from billing.models import Payout
from tests.kit.callers import Callers
from tests.kit.payouts import NEVER, Books
from tests.kit.world import World

NOW = datetime.now(tz=UTC)


@pytest.fixture
def known(world: World) -> Books:
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="manual")
    books.sale(1190, tax=190, at=NOW - timedelta(days=3))
    return books


def closed(*arguments: str) -> list[dict]:
    out = StringIO()
    call_command("close_payouts", "--host", "sunset", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_command_prints_what_the_api_tells_and_the_same_again(callers: Callers, known: Books):
    known.bank()

    [line] = closed()

    assert closed() == [line]
    assert callers.owner.get(f"payouts/{line['id']}/").json() == line
    assert callers.owner.get("payouts/").json()["results"] == [line]
    assert callers.agent.get("payouts/", host="sunset").json()["results"] == [line]
    assert callers.stranger.get(f"payouts/{line['id']}/").status_code == 404
    assert callers.stranger.get("payouts/").json()["results"] == []
    assert (line["host"], line["currency"], line["state"], line["amount_minor"]) == ("sunset", "USD", "approved", 1000)
    assert [(row["kind"], row["amount_minor"]) for row in line["bridge"]] == [("sessions", 1190), ("tax", -190)]
    assert line["bridge"][0]["sentence"].startswith("1 session was charged $11.90 with tax")
    assert (line["remainder_minor"], line["failure"]) == (0, None)
    assert line["expected_on"] > f"{NOW:%Y-%m-%d}"
    assert line["expected_reason"].startswith("The period ended on ")


def test_the_command_says_on_stderr_why_nothing_is_due_and_when_it_will_be(known: Books):
    known.agree(valid_from=NOW, cycle="monthly", delay_days=2)
    known.bank()
    out, err = StringIO(), StringIO()
    long_ago = (NOW - timedelta(days=90)).date().isoformat()

    call_command("close_payouts", "--host", "sunset", "--until", long_ago, stdout=out, stderr=err)

    assert out.getvalue() == ""
    text = err.getvalue()
    assert "Nothing is due for Sunset Stays (USD). $10.00 is expected. The month ends on " in text
    assert "its payout goes out on " in text


def test_without_a_bank_account_it_is_carried_and_says_so(callers: Callers, known: Books):
    [line] = closed()

    assert (line["state"], line["amount_minor"]) == ("carried", 0)
    assert sum(row["amount_minor"] for row in line["bridge"]) == line["remainder_minor"] == 0
    assert line["bridge"][-1] == {
        "kind": "carried_out",
        "label": "Carried to the next payout",
        "amount_minor": -1000,
        "sentence": "$10.00 waits for a confirmed bank account.",
    }
    assert line["expected_reason"] == "$10.00 waits for a confirmed bank account."


def test_a_failed_payout_says_who_has_to_act(callers: Callers, known: Books):
    known.bank()
    [line] = closed()
    Payout.objects.update(state="failed", failure="account_closed")

    told = callers.owner.get(f"payouts/{line['id']}/").json()

    assert (told["failure"]["code"], told["failure"]["whose_move"]) == ("account_closed", "host")
    refused = callers.owner.post(f"payouts/{line['id']}/reissue/", {})
    assert refused.status_code == 400


def test_what_failed_is_called_owed_again_and_not_carried(callers: Callers, known: Books):
    [line] = closed()
    Payout.objects.update(state="failed", failure="account_closed")

    failed = callers.owner.get(f"payouts/{line['id']}/").json()

    assert failed["bridge"][-1]["kind"] == "carried_out"
    assert failed["bridge"][-1]["label"] == "Owed again, not paid"


def test_the_forecast_is_the_next_payout_and_names_what_is_not_in_it(callers: Callers, known: Books):
    known.bank()
    known.agree(valid_from=NOW - timedelta(days=1), cycle="monthly")
    known.sale(595, tax=95, at=NOW - timedelta(days=1), paid_at=NEVER)

    [told] = callers.owner.get("payouts/forecast/", host="sunset").json()["results"]

    assert (told["amount_minor"], told["pending"][0]["why"], told["pending"][0]["amount_minor"]) == (
        1000,
        "unpaid",
        500,
    )
    assert (
        told["pending"][0]["sentence"] == "1 session, $5.00 owed for it after any refunds: not paid by the driver yet."
    )
    assert told["expected_reason"].startswith("The month ends on ")
    assert not Payout.objects.exists()
    assert callers.stranger.get("payouts/forecast/", host="sunset").status_code == 400


def test_a_host_with_which_nothing_was_agreed_has_the_standard_terms(callers: Callers, world: World):
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.sale(1000, at=NOW - timedelta(days=3), fee=59)

    [line] = closed()

    assert [(row["kind"], row["amount_minor"]) for row in line["bridge"]] == [
        ("sessions", 1000),
        ("processing", -59),
        ("carried_out", -941),
    ]


def test_until_a_day_takes_that_day(callers: Callers, known: Books):
    day = (NOW - timedelta(days=3)).astimezone(ZoneInfo(known.place.time_zone)).date()

    assert closed("--until", f"{day - timedelta(days=1)}") == []
    [line] = closed("--until", f"{day}")

    assert line["bridge"][0]["amount_minor"] == 1190


@pytest.mark.parametrize(("name", "value"), [("state", "xx"), ("host", "nope"), ("host", "elsewhere\x00")])
def test_a_filter_of_payouts_that_means_nothing_is_refused(callers: Callers, known: Books, name, value):
    told = callers.owner.get("payouts/", **{name: value})

    assert told.status_code == 400
    assert callers.owner.get("payouts/", state="paid", host="sunset").json()["results"] == []
