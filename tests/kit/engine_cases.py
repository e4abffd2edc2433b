"""Facts for the engine, and the cases that its chain must decide."""

from dataclasses import replace
from datetime import time

from authorization.decide.facts import (
    Access,
    AutochargeFacts,
    GuestFacts,
    GuestHold,
    Kind,
    LiveValidation,
    LiveValidationState,
    OrderedBy,
    OrderedStart,
    RecentApproval,
    ReimbursementContract,
    ReimbursementFacts,
    ScheduleWindow,
    Whitelist,
)
from tests.kit.facts_of import (
    EMS,
    HOUR,
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

PUBLIC, GUESTS = Access.PUBLIC_ROAMING, Access.GUEST


AUTHORIZE, START, REMOTE, GUEST = Kind.AUTHORIZE, Kind.START, Kind.REMOTE_START, Kind.GUEST


ALLOWED = replace(ROAMING, whitelist=Whitelist.ALLOWED)


NEVER = replace(ROAMING, whitelist=Whitelist.NEVER)


ORDER = OrderedStart(canonical_uid=UID, ordered_at=NOON, expires_at=NOON + HOUR, ordered_by="The portal")


HOLD = GuestFacts(hold=GuestHold(amount="40.00 USD", valid_until=NOON + HOUR))


LINKED = ReimbursementContract(name="Home 1", employer="Acme", covers_charger=True)


UNLINKED = replace(LINKED, covers_charger=False)


EMPLOYEE = replace(OWN, for_reimbursement=True)


MORNINGS = ScheduleWindow(days=frozenset({"TUE"}), start=time(8), end=time(11))


VEHICLE = {"uid": "VID:AABBCCDDEEFF", "canonical_uid": "VID:AABBCCDDEEFF"}


def answered(answer):
    return LiveValidation(state=LiveValidationState.ANSWERED, answer=answer, took_ms=140)


REFUSALS = [
    ("station_id_invalid", request(GUEST), facts(registered=False)),
    ("charger_not_accepted", request(), facts(own=MEMBER, held_as="Pending")),
    ("licence_inactive", request(), facts(own=MEMBER, licence=None)),
    ("msp_blocked", request(), facts(roaming=replace(ROAMING, provider=replace(EMS, blocked=True)), access=PUBLIC)),
    ("token_blocked", request(), facts(own=replace(MEMBER, blocked=True, valid=False, expires_at=NOON))),
    ("token_expired", request(), facts(own=replace(MEMBER, valid=False, expires_at=NOON))),
    ("token_not_valid", request(), facts(own=replace(MEMBER, valid=False))),
    ("already_charging", request(START), facts(own=MEMBER, open_transactions=(OPEN_ELSEWHERE,))),
    ("budget_used_up", request(), facts(own=replace(MEMBER, budget=USED_UP))),
    ("budget_used_up", request(), facts(own=replace(OWN, groups=(replace(RESIDENTS, budgets=(USED_UP,)),)))),
    ("token_unknown", request(), facts(access=PUBLIC)),
    ("token_unknown", request(REMOTE), facts(configured=False)),
    ("reimbursement_not_linked", request(), facts(own=EMPLOYEE)),
    (
        "reimbursement_not_linked",
        request(),
        facts(own=OWN, reimbursement=ReimbursementFacts(contracts=(UNLINKED,))),
    ),
    ("outside_stay", request(), facts(own=OWN, stays=(replace(STAY, arrives_at=NOON + HOUR / 2),))),
    ("wrong_charger_for_stay", request(), facts(own=OWN, stays=(replace(STAY, unit_slug="3a"),))),
    ("wrong_charger_for_stay", request(GUEST), facts(stays=(replace(STAY, unit_slug="3a"),))),
    ("stay_not_begun", request(GUEST), facts(stays=(replace(STAY, arrives_at=NOON + HOUR / 2),))),
    ("stay_not_begun", request(GUEST), facts(stays=(replace(STAY, arrives_at=NOON + HOUR / 2),), configured=False)),
    ("stay_over", request(GUEST), facts(stays=(replace(STAY, departs_at=NOON),))),
    ("stay_cancelled", request(GUEST), facts(stays=(replace(STAY, cancelled=True),))),
    ("payment_required", request(GUEST), facts(access=GUESTS, stays=(replace(STAY, departs_at=NOON),))),
    ("payment_required", request(GUEST), facts(access=GUESTS, stays=(replace(STAY, unit_slug="3a"),))),
    ("not_in_local_group", request(), facts(own=OWN, access=PUBLIC)),
    ("not_in_local_group", request(), facts(own=replace(OWN, groups=(replace(RESIDENTS, grants_access_to=""),)))),
    ("not_in_local_group", request(REMOTE), facts(own=OWN, configured=False)),
    ("group_disabled", request(), facts(own=replace(OWN, groups=(replace(RESIDENTS, enabled=False),)))),
    ("outside_schedule", request(), facts(own=replace(OWN, groups=(replace(RESIDENTS, schedule=(MORNINGS,)),)))),
    ("outside_schedule", request(), facts(own=replace(OWN, groups=(replace(RESIDENTS, active_to=NOON),)))),
    ("private_not_set_up", request(), facts(roaming=ROAMING, configured=False, access=PUBLIC)),
    ("private_not_set_up", request(GUEST), facts(configured=False)),
    ("remote_start_roaming_off", request(REMOTE), facts(roaming=ROAMING)),
    ("remote_start_roaming_off", request(REMOTE, ordered_by=OrderedBy.PARTNER), facts(roaming=ROAMING, access=GUESTS)),
    ("private_charger", request(GUEST), facts(guest=HOLD)),
    ("private_charger", request(REMOTE, ordered_by=OrderedBy.GUEST), facts(guest=HOLD)),
    ("not_public", request(), facts(roaming=ROAMING, access=GUESTS)),
    ("not_public", request(REMOTE, ordered_by=OrderedBy.GUEST), facts(roaming=ROAMING)),
    ("account_not_verified", request(GUEST), facts(access=GUESTS, guest=replace(HOLD, requires_account=True))),
    ("payment_required", request(GUEST), facts(access=PUBLIC)),
    ("live_validation_refused", request(), facts(roaming=NEVER, access=PUBLIC, live=answered("NO_CREDIT"))),
    ("live_validation_timeout", request(), facts(roaming=NEVER, access=PUBLIC)),
    (
        "live_validation_timeout",
        request(),
        facts(roaming=NEVER, access=PUBLIC, live=LiveValidation(state=LiveValidationState.TIMED_OUT)),
    ),
    (
        "live_validation_timeout",
        request(),
        facts(roaming=NEVER, access=PUBLIC, live=LiveValidation(state=LiveValidationState.BREAKER_OPEN)),
    ),
]


GRANTS = [
    ("accepts_any_token", request(), facts(accepts_any_token_until=NOON + HOUR, own=replace(OWN, blocked=True))),
    ("possible_stop", request(), facts(open_transactions=(OPEN_HERE,), own=replace(OWN, blocked=True))),
    ("possible_stop", request(), facts(open_transactions=(OPEN_HERE,), licence=None)),
    ("start_ordered", request(START), facts(ordered_start=ORDER, configured=False)),
    ("autocharge_enabled", request(**VEHICLE), facts(autocharge=AutochargeFacts(enabled=True, driver="Ada"))),
    ("local_group", request(), facts(own=MEMBER, configured=False)),
    ("local_group", request(), facts(own=MEMBER, roaming=replace(ROAMING, valid=False))),
    ("stay", request(), facts(own=OWN, stays=(STAY,))),
    ("stay", request(GUEST), facts(stays=(STAY,))),
    ("reimbursement", request(), facts(own=EMPLOYEE, reimbursement=ReimbursementFacts(contracts=(LINKED,)))),
    ("guest_hold", request(GUEST), facts(access=GUESTS, guest=HOLD)),
    ("guest_hold", request(START), facts(access=GUESTS, guest=HOLD)),
    ("roaming_always", request(), facts(roaming=ROAMING, access=PUBLIC)),
    ("roaming_always", request(), facts(roaming=ROAMING, own=OWN, access=PUBLIC)),
    (
        "approved_recently",
        request(),
        facts(roaming=NEVER, access=PUBLIC, recent_approval=RecentApproval(at=NOON, provider_name="Example")),
    ),
    ("live_validation", request(), facts(roaming=ALLOWED, access=PUBLIC)),
]
