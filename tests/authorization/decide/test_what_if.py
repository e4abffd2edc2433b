"""What if: each supposition opens or closes exactly the step that it is about."""

from dataclasses import replace

import pytest

from authorization.decide import engine, what_if
from authorization.decide.facts import Access
from authorization.decide.what_if import WhatIf
from tests.kit.engine_cases import GUEST, HOLD, PUBLIC
from tests.kit.facts_of import EMS, MEMBER, OWN, ROAMING, facts, request

CASES = [
    ("a group", WhatIf(group="a local group"), request(), facts(own=OWN), "not_in_local_group", "local_group"),
    ("a group for a stranger", WhatIf(group="a local group"), request(), facts(), "token_unknown", "local_group"),
    (
        "roaming",
        WhatIf(access=Access.PUBLIC_ROAMING),
        request(),
        facts(roaming=ROAMING),
        "not_public",
        "roaming_always",
    ),
    ("guests", WhatIf(access=Access.GUEST), request(GUEST), facts(guest=HOLD), "private_charger", "guest_hold"),
    (
        "a licence",
        WhatIf(licensed=True),
        request(),
        facts(own=MEMBER, licence=None),
        "licence_inactive",
        "local_group",
    ),
    (
        "a card in order",
        WhatIf(card_in_order=True),
        request(),
        facts(own=replace(MEMBER, blocked=True)),
        "token_blocked",
        "local_group",
    ),
    (
        "an admitted provider",
        WhatIf(msp_blocked=False),
        request(),
        facts(roaming=replace(ROAMING, provider=replace(EMS, blocked=True)), access=PUBLIC),
        "msp_blocked",
        "roaming_always",
    ),
    (
        "set up",
        WhatIf(configured=True),
        request(),
        facts(roaming=ROAMING, configured=False, access=PUBLIC),
        "private_not_set_up",
        "roaming_always",
    ),
]


@pytest.mark.parametrize(("supposed", "asked", "known", "reason", "step"), [case[1:] for case in CASES])
def test_it_turns_a_refusal_into_an_acceptance(supposed, asked, known, reason, step):
    before = engine.decide(request=asked, facts=known)
    after = engine.decide(request=asked, facts=what_if.apply(known, supposed, uid="04A1"))

    assert isinstance(before, engine.Refused)
    assert before.reason == reason
    assert isinstance(after, engine.Accepted)
    assert after.granted_by == step


@pytest.mark.parametrize(
    ("supposed", "known", "reason"),
    [
        (WhatIf(access=Access.PRIVATE), facts(roaming=ROAMING, access=PUBLIC), "not_public"),
        (WhatIf(licensed=False), facts(own=MEMBER), "licence_inactive"),
        (WhatIf(msp_blocked=True), facts(roaming=ROAMING, access=PUBLIC), "msp_blocked"),
        (WhatIf(configured=False), facts(roaming=ROAMING, access=PUBLIC), "private_not_set_up"),
    ],
)
def test_it_turns_an_acceptance_into_a_refusal(supposed, known, reason):
    assert isinstance(engine.decide(request=request(), facts=known), engine.Accepted)

    after = engine.decide(request=request(), facts=what_if.apply(known, supposed, uid="04A1"))

    assert isinstance(after, engine.Refused)
    assert after.reason == reason


def test_it_changes_nothing_where_nothing_is_supposed():
    known = facts(own=MEMBER)

    assert what_if.apply(known, WhatIf(), uid="04A1") == known
    assert WhatIf().is_nothing
