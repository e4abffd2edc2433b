"""How the rules name cards, moments, outlets and providers in their sentences."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from authorization.decide.facts import AutochargeFacts
from authorization.decide.rules import wording
from tests.kit.facts_of import MEMBER, OPEN_HERE, OWN, ROAMING, UID, facts, request


def test_a_card_is_named_with_the_number_that_is_printed_on_it():
    own = facts(own=replace(MEMBER, visual_number="SUN-1"))

    assert wording.card(request(), own) == f"Card {UID} (SUN-1)"
    assert wording.card(request(), facts(own=MEMBER)) == f"Card {UID}"


def test_the_hosts_own_card_names_itself_before_the_providers_entry_of_it():
    both = facts(own=replace(OWN, visual_number="SUN-1"), roaming=replace(ROAMING, visual_number="EMS-9"))

    assert wording.card(request(), both) == f"Card {UID} (SUN-1)"


def test_a_car_is_named_by_the_card_that_pays_for_it():
    paid_for = facts(autocharge=AutochargeFacts(is_known=True, enabled=True, card="04FF"))

    assert wording.card(request(), paid_for) == "Card 04FF"


def test_what_is_no_uid_is_quoted_and_a_guest_has_no_card():
    assert wording.card(request(uid="?!", canonical_uid=""), facts()) == "Card “?!”"
    assert wording.card(request(uid="", canonical_uid=""), facts()) == "This guest"


def test_a_moment_is_told_on_the_propertys_clock_on_both_sides_of_summer_time():
    assert wording.format_local_time(datetime(2026, 3, 8, 6, 59, tzinfo=UTC), facts()) == "2026-03-08 01:59"
    assert wording.format_local_time(datetime(2026, 3, 8, 7, 0, tzinfo=UTC), facts()) == "2026-03-08 03:00"


def test_an_outlet_is_named_where_it_is_known_also_the_outlet_zero():
    assert wording.describe_connector(OPEN_HERE) == "charger CP1, connector 1"
    assert wording.describe_connector(replace(OPEN_HERE, evse_number=0)) == "charger CP1, connector 0"
    assert wording.describe_connector(replace(OPEN_HERE, evse_number=None)) == "charger CP1"


def test_a_provider_that_is_not_known_is_still_a_provider():
    assert wording.provider_name(ROAMING) == "Example eMSP"
    assert wording.provider_name(OWN) == "its provider"


@pytest.mark.parametrize(
    ("names", "text"),
    [(["A"], "'A'"), (["A", "B"], "'A' and 'B'"), (["A", "B", "C"], "'A', 'B' and 'C'")],
)
def test_names_are_listed_with_one_and(names: list[str], text: str):
    assert wording.join_quoted(names) == text
