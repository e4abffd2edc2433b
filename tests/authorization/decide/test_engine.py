"""The chain, step by step and reason by reason, without a database."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorization.decide import engine, reasons
from authorization.decide.facts import (
    Access,
    AutochargeFacts,
    DirectGrant,
    GuestFacts,
    Kind,
    LicenceFacts,
    LiveValidation,
    LiveValidationState,
    MalformedScheduleError,
    OrderedBy,
    RecentApproval,
    ReimbursementFacts,
    ScheduleWindow,
    Whitelist,
)
from authorization.decide.trace import StepOutcome
from tests.kit.engine_cases import (
    ALLOWED,
    AUTHORIZE,
    EMPLOYEE,
    GRANTS,
    GUEST,
    GUESTS,
    HOLD,
    LINKED,
    MORNINGS,
    NEVER,
    ORDER,
    PUBLIC,
    REFUSALS,
    REMOTE,
    START,
    UNLINKED,
    VEHICLE,
    answered,
)
from tests.kit.facts_of import (
    EMS,
    HOUR,
    LEFT,
    MEMBER,
    NOON,
    OPEN_ELSEWHERE,
    OPEN_HERE,
    OWN,
    RESIDENTS,
    ROAMING,
    STAY,
    UID,
    USED_UP,
    facts,
    request,
)

SPEAKS = [
    "charger_registered",
    "licence_active",
    "accepts_any_token",
    "possible_stop",
    "msp_not_blocked",
    "token_in_order",
    "not_charging_elsewhere",
    "budget",
    "start_ordered",
    "autocharge_enabled",
    "local_group",
    "stay",
    "reimbursement",
    "charger_configured",
    "access_mode",
    "guest_hold",
    "roaming_always",
    "approved_recently",
    "live_validation",
]


def line(verdict, step):
    return next(found for found in verdict.trace if found.step == step)


def test_it_keeps_the_order_of_the_chain():
    assert [step.key for step in engine.CHAIN] == SPEAKS
    gates = [step.key for step in engine.CHAIN if step.kind is engine.StepKind.GATE]
    assert gates == [
        "charger_registered",
        "licence_active",
        "msp_not_blocked",
        "token_in_order",
        "not_charging_elsewhere",
        "budget",
        "charger_configured",
        "access_mode",
    ]


# step, request, facts of a pass, request, facts of a fail
STEPS = [
    ("charger_registered", request(), facts(own=MEMBER), request(), facts(registered=False)),
    ("charger_registered", request(), facts(retired_at=NOON + HOUR), request(), facts(retired_at=NOON - HOUR)),
    ("licence_active", request(), facts(), request(), facts(licence=None)),
    (
        "licence_active",
        request(),
        facts(licence=LicenceFacts(active=True, expires_on=date(2026, 2, 26), grace_days=14)),
        request(),
        facts(licence=LicenceFacts(active=True, expires_on=date(2026, 2, 23), grace_days=14)),
    ),
    ("licence_active", request(), facts(), request(), facts(licence=LicenceFacts(active=False))),
    (
        "licence_active",
        request(),
        facts(licence=None, open_transactions=(OPEN_HERE,)),
        request(START),
        facts(licence=None, open_transactions=(OPEN_HERE,)),
    ),
    (
        "accepts_any_token",
        request(),
        facts(accepts_any_token_until=NOON + HOUR),
        request(),
        facts(accepts_any_token_until=NOON),
    ),
    (
        "possible_stop",
        request(),
        facts(open_transactions=(OPEN_HERE,)),
        request(),
        facts(open_transactions=(OPEN_ELSEWHERE,)),
    ),
    (
        "possible_stop",
        request(),
        facts(
            own=replace(OWN, parents=frozenset({"FAMILY"})),
            open_transactions=(replace(OPEN_HERE, canonical_uid="OTHER", parents=frozenset({"FAMILY"})),),
        ),
        request(),
        facts(own=OWN, open_transactions=(replace(OPEN_HERE, canonical_uid="OTHER"),)),
    ),
    (
        "msp_not_blocked",
        request(),
        facts(roaming=ROAMING),
        request(),
        facts(roaming=replace(ROAMING, provider=replace(EMS, blocked=True))),
    ),
    ("token_in_order", request(), facts(own=OWN), request(), facts(own=replace(OWN, blocked=True))),
    (
        "token_in_order",
        request(),
        facts(own=replace(OWN, expires_at=NOON + HOUR)),
        request(),
        facts(own=replace(OWN, expires_at=NOON)),
    ),
    ("token_in_order", request(), facts(roaming=ROAMING), request(), facts(roaming=replace(ROAMING, valid=False))),
    (
        "not_charging_elsewhere",
        request(START, evse_number=1),
        facts(own=OWN, open_transactions=(OPEN_HERE,)),
        request(START, evse_number=1),
        facts(own=OWN, open_transactions=(OPEN_ELSEWHERE,)),
    ),
    (
        "not_charging_elsewhere",
        request(REMOTE),
        facts(own=replace(OWN, may_charge_concurrently=True), open_transactions=(OPEN_ELSEWHERE,)),
        request(REMOTE, evse_number=2),
        facts(own=OWN, open_transactions=(OPEN_HERE,)),
    ),
    (
        "budget",
        request(),
        facts(own=replace(MEMBER, budget=LEFT)),
        request(),
        facts(own=replace(MEMBER, budget=USED_UP)),
    ),
    ("start_ordered", request(START), facts(ordered_start=ORDER), request(START), facts()),
    (
        "start_ordered",
        request(START, at=NOON - timedelta(seconds=30)),
        facts(ordered_start=ORDER),
        request(START, at=NOON + HOUR),
        facts(ordered_start=ORDER),
    ),
    (
        "start_ordered",
        request(START, evse_number=1),
        facts(ordered_start=replace(ORDER, evse_number=1)),
        request(START, evse_number=2),
        facts(ordered_start=replace(ORDER, evse_number=1)),
    ),
    (
        "start_ordered",
        request(),
        facts(ordered_start=ORDER),
        request(at=NOON - HOUR),
        facts(ordered_start=ORDER),
    ),
    (
        "autocharge_enabled",
        request(**VEHICLE),
        facts(autocharge=AutochargeFacts(is_known=True, enabled=True, driver="Ada")),
        request(**VEHICLE),
        facts(autocharge=AutochargeFacts(is_known=True)),
    ),
    ("local_group", request(), facts(own=MEMBER), request(), facts(own=OWN)),
    (
        "local_group",
        request(),
        facts(own=replace(OWN, grants=(DirectGrant(grants_access_to="charger CP1"),))),
        request(),
        facts(own=replace(OWN, grants=(DirectGrant(grants_access_to="charger CP1", active_to=NOON),))),
    ),
    (
        "stay",
        request(),
        facts(own=OWN, stays=(STAY,)),
        request(),
        facts(own=OWN, stays=(replace(STAY, cancelled=True),)),
    ),
    (
        "stay",
        request(),
        facts(own=OWN, stays=(replace(STAY, unit_slug=""),)),
        request(),
        facts(own=OWN, stays=(replace(STAY, unit_slug="3a"),)),
    ),
    (
        "stay",
        request(),
        facts(own=OWN, stays=(STAY,), unit_slug=""),
        request(),
        facts(own=OWN, stays=(replace(STAY, property_slug="sunset-2"),)),
    ),
    (
        "reimbursement",
        request(),
        facts(own=OWN, reimbursement=ReimbursementFacts(contracts=(UNLINKED, LINKED))),
        request(),
        facts(own=OWN, reimbursement=ReimbursementFacts(contracts=(UNLINKED,))),
    ),
    (
        "charger_configured",
        request(),
        facts(roaming=ROAMING),
        request(),
        facts(roaming=ROAMING, configured=False),
    ),
    ("access_mode", request(), facts(roaming=ROAMING, access=PUBLIC), request(), facts(roaming=ROAMING)),
    ("access_mode", request(GUEST), facts(access=GUESTS), request(), facts(roaming=ROAMING, access=GUESTS)),
    ("access_mode", request(GUEST), facts(access=PUBLIC), request(), facts(access=PUBLIC)),
    ("guest_hold", request(GUEST), facts(access=GUESTS, guest=HOLD), request(GUEST), facts(access=GUESTS)),
    (
        "guest_hold",
        request(START),
        facts(access=GUESTS, guest=HOLD),
        request(START, at=NOON + HOUR),
        facts(access=GUESTS, guest=HOLD),
    ),
    (
        "roaming_always",
        request(),
        facts(roaming=ROAMING, access=PUBLIC),
        request(),
        facts(roaming=ALLOWED, access=PUBLIC),
    ),
    (
        "approved_recently",
        request(),
        facts(
            roaming=NEVER, access=PUBLIC, recent_approval=RecentApproval(at=NOON - HOUR / 4, provider_name="Example")
        ),
        request(),
        facts(
            roaming=NEVER, access=PUBLIC, recent_approval=RecentApproval(at=NOON - HOUR / 3, provider_name="Example")
        ),
    ),
    (
        "approved_recently",
        request(REMOTE, ordered_by=OrderedBy.PARTNER),
        facts(roaming=NEVER, access=PUBLIC),
        request(REMOTE, ordered_by=OrderedBy.APP),
        facts(roaming=NEVER, access=PUBLIC),
    ),
    (
        "live_validation",
        request(),
        facts(roaming=NEVER, access=PUBLIC, live=answered("ALLOWED")),
        request(),
        facts(roaming=NEVER, access=PUBLIC, live=answered("BLOCKED")),
    ),
    (
        "live_validation",
        request(),
        facts(roaming=ALLOWED, access=PUBLIC),
        request(),
        facts(roaming=NEVER, access=PUBLIC),
    ),
]


@pytest.mark.parametrize(("step", "asked", "known", "asked_then", "known_then"), STEPS)
def test_it_passes_and_fails_each_step(step, asked, known, asked_then, known_then):
    good, bad = (engine.decide(request=r, facts=f) for r, f in ((asked, known), (asked_then, known_then)))

    assert line(good, step).outcome is StepOutcome.PASSED
    assert line(bad, step).outcome is StepOutcome.FAILED
    assert line(good, step).sentence != line(bad, step).sentence


def test_it_has_a_pass_and_a_fail_for_every_step_above():
    assert {row[0] for row in STEPS} == set(SPEAKS)


@pytest.mark.parametrize(("code", "asked", "known"), REFUSALS)
def test_it_names_the_reason_of_a_refusal(code, asked, known):
    verdict = engine.decide(request=asked, facts=known)

    assert isinstance(verdict, engine.Refused)
    assert verdict.reason == code
    assert not any(
        found.outcome is StepOutcome.PASSED and step.kind is not engine.StepKind.GATE
        for found, step in zip(verdict.trace, engine.CHAIN, strict=True)
    )


def test_it_reaches_every_reason_that_is_the_chains_to_give():
    by_chain = {code for code, reason in reasons.CATALOGUE.items() if reason.judged_by is reasons.JudgedBy.CHAIN}
    assert {row[0] for row in REFUSALS} == by_chain
    assert [code for code, _ in engine.REASONS] == [code for code in reasons.ORDER if code in by_chain]


@pytest.mark.parametrize(("step", "asked", "known"), GRANTS)
def test_it_accepts_at_the_first_grant(step, asked, known):
    verdict = engine.decide(request=asked, facts=known)

    assert isinstance(verdict, engine.Accepted)
    assert verdict.granted_by == step
    assert (verdict.status_16, verdict.status_2x) == ("Accepted", "Accepted")
    position = SPEAKS.index(step)
    assert [found.step for found in verdict.trace] == SPEAKS
    assert {found.outcome for found in verdict.trace[position + 1 :]} <= {StepOutcome.SKIPPED}
    assert all(found.sentence == "Not reached: it was decided before." for found in verdict.trace[position + 1 :])


def test_it_can_accept_by_every_grant():
    grants = {step.key for step in engine.CHAIN if step.kind is not engine.StepKind.GATE}
    assert {row[0] for row in GRANTS} == grants


@pytest.mark.parametrize("policy", [Whitelist.ALLOWED, Whitelist.ALLOWED_OFFLINE])
def test_it_lets_the_policy_decide_and_says_so_while_live_validation_is_not_set_up(policy):
    verdict = engine.decide(request=request(), facts=facts(roaming=replace(ROAMING, whitelist=policy), access=PUBLIC))

    assert isinstance(verdict, engine.Accepted)
    assert verdict.mark == "not asked: live validation is not set up"
    assert "live validation is not set up" in line(verdict, "live_validation").sentence


@pytest.mark.parametrize("state", [LiveValidationState.TIMED_OUT, LiveValidationState.BREAKER_OPEN])
def test_it_lets_the_policy_decide_when_the_provider_does_not_answer(state):
    verdict = engine.decide(
        request=request(), facts=facts(roaming=ALLOWED, access=PUBLIC, live=LiveValidation(state=state, took_ms=15000))
    )

    assert isinstance(verdict, engine.Accepted)
    assert verdict.mark
    assert line(verdict, "live_validation").ms == 15000


def test_it_asks_the_provider_when_it_can():
    verdict = engine.decide(request=request(), facts=facts(roaming=NEVER, access=PUBLIC, live=LiveValidation()))

    assert isinstance(verdict, engine.AskProvider)
    assert verdict.provider_key == "NL-EMS"
    assert len(verdict.trace) == 19
    assert "must be asked" in line(verdict, "live_validation").sentence


@pytest.mark.parametrize("kind", [AUTHORIZE, START])
@pytest.mark.parametrize("policy", [Whitelist.NEVER, Whitelist.ALLOWED_OFFLINE])
def test_it_asks_about_a_card_that_is_not_valid_in_our_copy(policy, kind):
    card = replace(ROAMING, whitelist=policy, valid=False)

    def decide(live, *, groups=()):
        known = facts(roaming=replace(card, groups=groups), access=PUBLIC, live=live)
        return engine.decide(request=request(kind), facts=known)

    asked = decide(LiveValidation(), groups=(RESIDENTS,))
    assert isinstance(asked, engine.AskProvider), "no group stands in for the provider"
    assert "the provider has the last word" in line(asked, "token_in_order").sentence
    assert isinstance(decide(answered("ALLOWED")), engine.Accepted)
    refused = decide(answered("BLOCKED"))
    assert (refused.reason, refused.status_16) == ("live_validation_refused", "Blocked")
    silent = decide(LiveValidation(state=LiveValidationState.TIMED_OUT))
    assert (silent.reason, silent.status_16) == ("live_validation_timeout", "Invalid")
    assert "Its list says that the card is not valid" in line(silent, "live_validation").sentence


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        (request(), facts(roaming=replace(NEVER, valid=False), access=PUBLIC)),
        (request(), facts(roaming=replace(ALLOWED, valid=False), access=PUBLIC, live=LiveValidation())),
        (request(), facts(roaming=replace(ROAMING, valid=False), access=PUBLIC, live=LiveValidation())),
        (
            request(REMOTE),
            facts(
                roaming=replace(NEVER, valid=False),
                access=PUBLIC,
                live=LiveValidation(state=LiveValidationState.NOT_ASKED),
            ),
        ),
    ],
)
def test_it_goes_by_our_copy_where_the_policy_or_the_set_up_asks_nobody(asked, known):
    verdict = engine.decide(request=asked, facts=known)

    assert isinstance(verdict, engine.Refused)
    assert verdict.reason == "token_not_valid"


@pytest.mark.parametrize("flag", [{"blocked": True}, {"expires_at": NOON}])
def test_it_asks_nobody_about_a_card_that_is_blocked_or_expired(flag):
    card = replace(NEVER, valid=False, **flag)

    verdict = engine.decide(request=request(), facts=facts(roaming=card, access=PUBLIC, live=LiveValidation()))

    assert isinstance(verdict, engine.Refused)


@pytest.mark.parametrize(
    ("word", "status_16", "status_2x"),
    [
        ("BLOCKED", "Blocked", "Blocked"),
        ("EXPIRED", "Expired", "Expired"),
        ("NO_CREDIT", "Invalid", "NoCredit"),
        ("NOT_ALLOWED", "Invalid", "NotAtThisLocation"),
        ("UNKNOWN", "Invalid", "Unknown"),
        ("SOMETHING_NEW", "Invalid", "Invalid"),
    ],
)
def test_it_passes_on_the_providers_own_word(word, status_16, status_2x):
    verdict = engine.decide(request=request(), facts=facts(roaming=NEVER, access=PUBLIC, live=answered(word)))

    assert isinstance(verdict, engine.Refused)
    assert (verdict.reason, verdict.status_16, verdict.status_2x) == ("live_validation_refused", status_16, status_2x)
    assert word in line(verdict, "live_validation").sentence


def test_it_never_asks_whether_a_card_is_charging_when_the_card_may_be_stopping():
    verdict = engine.decide(request=request(), facts=facts(own=MEMBER, open_transactions=(OPEN_ELSEWHERE,)))

    assert isinstance(verdict, engine.Accepted)
    assert line(verdict, "not_charging_elsewhere").outcome is StepOutcome.SKIPPED


def test_it_says_what_is_not_set_up():
    verdict = engine.decide(request=request(**VEHICLE), facts=facts(own=OWN))

    assert line(verdict, "autocharge_enabled").sentence == "Autocharge is not set up."
    assert line(verdict, "reimbursement").sentence == "Reimbursement is not set up."
    assert {line(verdict, step).outcome for step in ("autocharge_enabled", "reimbursement")} == {StepOutcome.SKIPPED}


def test_it_names_real_things_and_leads_to_their_pages():
    member = engine.decide(request=request(), facts=facts(own=MEMBER))
    stranger = engine.decide(request=request(), facts=facts(own=replace(OWN, visual_number="NL-TNM-1")))

    group = line(member, "local_group")
    assert group.sentence == "Card 04A1B2C3D4 is in group 'Residents', which opens Sunset 1."
    assert group.link == "/authorization/groups/residents/"
    assert group.values == (("group", "residents"),)
    missing = line(stranger, "local_group")
    assert missing.sentence == "Card 04A1B2C3D4 (NL-TNM-1) is in no local group that opens charger CP1."
    assert missing.link == "/authorization/tokens/add/?uid=04A1B2C3D4&charger=CP1"
    assert line(stranger, "access_mode").link == "/properties/sunset-1/"
    assert "private" in line(stranger, "access_mode").sentence


@pytest.mark.parametrize(
    ("step", "known", "page"),
    [
        ("licence_active", facts(licence=None), "/chargers/CP1/setup/"),
        ("accepts_any_token", facts(), "/chargers/CP1/setup/"),
        ("charger_configured", facts(configured=False), "/chargers/CP1/setup/"),
        ("stay", facts(stays=(replace(STAY, unit_slug="3a"),)), "/authorization/stays/?q=04A1B2C3D4"),
    ],
)
def test_it_leads_from_a_failed_step_to_the_page_that_mends_it(step, known, page):
    assert line(engine.decide(request=request(), facts=known), step).link == page


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        ("2026-03-10T21:59:59-04:00", False),
        ("2026-03-10T22:00:00-04:00", True),
        ("2026-03-11T05:59:59-04:00", True),
        ("2026-03-11T06:00:00-04:00", False),
        ("2026-03-11T22:00:00-04:00", False),
        ("2026-03-10T05:00:00-04:00", False),
    ],
)
def test_it_runs_a_night_schedule_past_midnight_in_the_propertys_zone(local, is_open):
    night = ScheduleWindow.parse({"days": ["TUE"], "from": "22:00", "to": "06:00"})
    asked = request(at=NOON.fromisoformat(local))

    verdict = engine.decide(
        request=asked, facts=facts(own=replace(OWN, groups=(replace(RESIDENTS, schedule=(night,)),)))
    )

    assert isinstance(verdict, engine.Accepted) is is_open


def test_it_reads_half_a_schedule_row():
    assert ScheduleWindow.parse({"days": ["SAT", "SUN"]}).is_open(NOON) is False
    assert ScheduleWindow.parse({"from": "15:00", "to": "24:00"}).is_open(NOON) is True
    assert str(ScheduleWindow.parse({})) == "every day"


@pytest.mark.parametrize(
    "row", ["MON", {"days": ["Monday"]}, {"from": "8 o'clock"}, {"until": "18:00"}, {"days": "MON"}]
)
def test_it_refuses_a_schedule_that_it_cannot_read(row):
    with pytest.raises(MalformedScheduleError):
        ScheduleWindow.parse(row)


TOKENS = st.sampled_from(
    [
        None,
        OWN,
        MEMBER,
        EMPLOYEE,
        replace(MEMBER, blocked=True),
        replace(OWN, valid=False),
        replace(OWN, groups=(replace(RESIDENTS, enabled=False),)),
        replace(OWN, groups=(replace(RESIDENTS, schedule=(MORNINGS,)),)),
        replace(OWN, grants=(DirectGrant(grants_access_to="charger CP1", active_from=NOON + HOUR),)),
    ]
)
ROAMERS = st.sampled_from([None, ROAMING, ALLOWED, NEVER, replace(ROAMING, blocked=True), replace(NEVER, valid=False)])
ANY_FACTS = st.fixed_dictionaries(
    {
        "registered": st.booleans(),
        "configured": st.booleans(),
        "access": st.sampled_from(list(Access)),
        "licence": st.sampled_from([None, LicenceFacts(active=True), LicenceFacts(active=False)]),
        "own": TOKENS,
        "roaming": ROAMERS,
        "stays": st.sampled_from([(), (STAY,), (replace(STAY, unit_slug="3a"),), (replace(STAY, cancelled=True),)]),
        "open_transactions": st.sampled_from([(), (OPEN_HERE,), (OPEN_ELSEWHERE,)]),
        "ordered_start": st.sampled_from([None, ORDER]),
        "guest": st.sampled_from([None, HOLD, GuestFacts()]),
        "reimbursement": st.sampled_from([None, ReimbursementFacts(contracts=(UNLINKED,))]),
        "live": st.sampled_from([None, LiveValidation(), answered("ALLOWED"), answered("BLOCKED")]),
    }
)


@given(ANY_FACTS, st.sampled_from(list(Kind)), st.sampled_from(["", UID]), st.sampled_from(list(OrderedBy)))
def test_it_always_decides_and_its_trace_always_tells_why(known, kind, uid, ordered_by):
    asked = request(kind, uid=uid, canonical_uid=uid, ordered_by=ordered_by)

    verdict = engine.decide(request=asked, facts=facts(**known))

    assert [found.step for found in verdict.trace] == SPEAKS
    steps = list(zip(engine.CHAIN, verdict.trace, strict=True))
    failed_gates = [
        s.key for s, found in steps if s.kind is engine.StepKind.GATE and found.outcome is StepOutcome.FAILED
    ]
    passed_grants = [
        s.key for s, found in steps if s.kind is not engine.StepKind.GATE and found.outcome is StepOutcome.PASSED
    ]
    match verdict:
        case engine.Accepted(granted_by=grant):
            assert (failed_gates, passed_grants) == ([], [grant])
        case engine.Refused(reason=code, refused_at=gate):
            assert passed_grants == []
            assert failed_gates == ([gate] if gate not in {"", "live_validation"} else [])
            assert code in reasons.CATALOGUE
        case engine.AskProvider():
            assert (failed_gates, passed_grants) == ([], [])
    assert all(found.sentence.endswith(".") for found in verdict.trace)


REMEMBERED = AutochargeFacts(is_known=True, enabled=True, driver="Ada", card="04A1B2C3D4")


def test_it_takes_a_car_where_the_card_that_pays_is_let_in_and_nowhere_else():
    inside = engine.decide(request=request(**VEHICLE), facts=facts(own=MEMBER, autocharge=REMEMBERED))
    outside = engine.decide(request=request(**VEHICLE), facts=facts(own=OWN, autocharge=REMEMBERED))
    blocked = replace(MEMBER, blocked=True)
    stopped = engine.decide(request=request(**VEHICLE), facts=facts(own=blocked, autocharge=REMEMBERED))

    assert isinstance(inside, engine.Accepted)
    assert inside.granted_by == "autocharge_enabled"
    assert line(inside, "autocharge_enabled").sentence.startswith(
        "Vehicle VID:AABBCCDDEEFF is enabled for autocharge by Ada. Card 04A1B2C3D4 is in group 'Residents'"
    )
    assert isinstance(outside, engine.Refused)
    assert outside.reason == "not_in_local_group"
    assert isinstance(stopped, engine.Refused)
    assert stopped.reason == "token_blocked"


def test_it_says_of_a_card_that_no_car_named_itself():
    verdict = engine.decide(request=request(), facts=facts(own=OWN, autocharge=REMEMBERED))

    assert line(verdict, "autocharge_enabled").sentence == "No car named itself."
