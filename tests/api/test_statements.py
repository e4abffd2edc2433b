"""Statements by API."""

import pytest

from billing import statements
from chargers.models import Property
from tests.api.conftest import Callers
from tests.pages import charging
from tests.pages.conftest import World


@pytest.fixture
def month(world: World, rate) -> str:
    Property.objects.update(access="guest")
    charging.guest(world.charger)
    return f"{statements.months(world.host)[0].month:%Y-%m}"


def test_it_tells_the_months_and_their_lines(callers: Callers, month: str):
    [one] = callers.owner.get("statements/").json()
    told = callers.owner.get(f"statements/sunset/USD/{month}/").json()

    assert (one["host"], one["month"], one["opening_minor"], one["lines"]) == ("sunset", month, 0, 1)
    assert told["statement"] == one
    figures = told["figures"]
    assert (figures["earned_minor"], figures["payable_minor"]) == (one["closing_minor"], one["closing_minor"])
    assert figures["gross_minor"] - figures["tax_minor"] == one["closing_minor"]
    [line] = told["results"]
    assert (line["kind"], line["balance_minor"], told["next_after"]) == ("receipt.issued", one["closing_minor"], None)
    after = callers.owner.get(f"statements/sunset/USD/{month}/", after=line["entry"]).json()
    assert after["results"] == []


def test_wrong_questions_are_told(callers: Callers, month: str):
    assert callers.owner.get(f"statements/sunset/USD/{month}/", after="x").status_code == 400
    assert callers.owner.get("statements/sunset/USD/2026-13/").status_code == 404


def test_another_host_sees_nothing(callers: Callers, month: str):
    foreign = callers.stranger.get("statements/", host="sunset")
    absent = callers.stranger.get("statements/", host="nobody")
    assert (foreign.status_code, foreign.json()) == (404, absent.json())
    assert callers.stranger.get(f"statements/sunset/USD/{month}/").status_code == 404
