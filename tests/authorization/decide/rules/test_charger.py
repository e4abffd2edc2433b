"""Steps about the charger: registered, licensed, open to all, a stop, set up, and whom its property admits."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from authorization.decide.facts import Access, GuestFacts, Kind, LicenceFacts
from authorization.decide.rules import charger
from authorization.decide.trace import StepOutcome
from tests.kit.facts_of import HOUR, MEMBER, NOON, OPEN_ELSEWHERE, OPEN_HERE, OWN, ROAMING, facts, request

PASSED, FAILED, SKIPPED = StepOutcome.PASSED, StepOutcome.FAILED, StepOutcome.SKIPPED
OTHER = replace(OPEN_HERE, canonical_uid="04FFEE", parents=frozenset({"family"}))


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({}, PASSED, "Charger CP1 is registered at Sunset 1."),
        ({"registered": False}, FAILED, "No charger with the id CP1 is registered."),
        ({"retired_at": NOON}, FAILED, "Charger CP1 was retired on 2026-03-10."),
        ({"retired_at": NOON + HOUR}, PASSED, "Charger CP1 is registered at Sunset 1."),
        ({"held_as": "Pending"}, FAILED, "Charger CP1 is kept Pending: nobody can charge at it."),
    ],
)
def test_it_has_to_be_registered_and_in_use(changes, outcome, words):
    finding = charger.charger_registered(request(), facts(**changes))

    assert (finding.outcome, finding.sentence) == (outcome, words)


@pytest.mark.parametrize(
    ("licence", "outcome"),
    [
        (None, FAILED),
        (LicenceFacts(active=False), FAILED),
        (LicenceFacts(active=True), PASSED),
        (LicenceFacts(active=True, expires_on=date(2026, 3, 10)), PASSED),
        (LicenceFacts(active=True, expires_on=date(2026, 3, 9)), FAILED),
        (LicenceFacts(active=True, expires_on=date(2026, 3, 8), grace_days=2), PASSED),
        (LicenceFacts(active=True, expires_on=date(2026, 3, 8), grace_days=1), FAILED),
    ],
)
def test_a_licence_covers_its_last_day_and_its_days_of_grace(licence, outcome):
    assert charger.licence_active(request(), facts(licence=licence)).outcome is outcome


def test_a_licence_ends_on_the_propertys_calendar():
    last_day = facts(licence=LicenceFacts(active=True, expires_on=date(2026, 3, 10)))

    assert charger.licence_active(request(at=NOON + 11 * HOUR), last_day).outcome is PASSED, "23:00 in New York"
    assert charger.licence_active(request(at=NOON + 12 * HOUR), last_day).outcome is FAILED


def test_a_session_that_runs_may_be_ended_without_a_licence():
    known = facts(licence=LicenceFacts(active=False), open_transactions=(OPEN_HERE,))

    finding = charger.licence_active(request(), known)

    assert finding.outcome is PASSED
    assert dict(finding.values) == {"transaction": "7"}
    assert charger.licence_active(request(Kind.START), known).outcome is FAILED


@pytest.mark.parametrize(("until", "outcome"), [(None, FAILED), (NOON, FAILED), (NOON + timedelta(seconds=1), PASSED)])
def test_it_takes_any_card_until_a_moment(until, outcome):
    assert charger.accepts_any_token(request(), facts(accepts_any_token_until=until)).outcome is outcome


def test_a_card_may_stop_its_own_session_here_only():
    assert charger.possible_stop(request(), facts(open_transactions=(OPEN_HERE,))).outcome is PASSED
    assert charger.possible_stop(request(), facts(open_transactions=(OPEN_ELSEWHERE,))).outcome is FAILED
    assert charger.possible_stop(request(Kind.START), facts(open_transactions=(OPEN_HERE,))).outcome is SKIPPED


def test_a_card_of_the_same_parent_may_stop_it_too():
    family = replace(MEMBER, parents=frozenset({"family"}))

    finding = charger.possible_stop(request(), facts(own=family, open_transactions=(OTHER,)))

    assert finding.outcome is PASSED
    assert "shares an OCPP parent with card 04FFEE" in finding.sentence
    assert charger.possible_stop(request(), facts(own=OWN, open_transactions=(OTHER,))).outcome is FAILED


def test_of_two_sessions_its_own_one_comes_first():
    family = replace(MEMBER, parents=frozenset({"family"}))
    own = replace(OPEN_HERE, transaction_id="8")

    assert charger.find_stoppable_transaction(request(), facts(own=family, open_transactions=(OTHER, own))) == own
    assert charger.find_stoppable_transaction(request(canonical_uid=""), facts(open_transactions=(own,))) is None


def test_a_charger_that_is_not_set_up_takes_the_hosts_own_cards_alone():
    assert charger.charger_configured(request(), facts()).outcome is PASSED
    finding = charger.charger_configured(request(), facts(configured=False))
    assert (finding.outcome, finding.link) == (FAILED, "/chargers/CP1/setup/")


@pytest.mark.parametrize(
    ("access", "guest", "roaming", "outcome"),
    [
        (Access.PRIVATE, True, True, FAILED),
        (Access.GUEST, True, False, PASSED),
        (Access.GUEST, False, True, FAILED),
        (Access.PUBLIC_ROAMING, True, False, PASSED),
        (Access.PUBLIC_ROAMING, False, True, PASSED),
        (Access.PUBLIC_ROAMING, False, False, FAILED),
    ],
)
def test_a_property_admits_guests_roaming_cards_or_nobody(access, guest, roaming, outcome):
    known = facts(access=access, guest=GuestFacts() if guest else None, roaming=ROAMING if roaming else None)

    assert charger.access_mode(request(), known).outcome is outcome


def test_a_token_made_for_a_guests_payment_is_a_guest():
    assert charger.is_guest(request(), facts(guest=GuestFacts()))
    assert charger.is_guest(request(Kind.GUEST), facts())
    assert not charger.is_guest(request(), facts())
