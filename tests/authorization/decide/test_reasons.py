"""The catalogue of reasons: complete, in order, with the statuses of the contract."""

import re
import string

import pytest

from authorization.decide import reasons
from authorization.decide.reasons import links

# code, OCPP 1.6, OCPP 2.x, OCPI
STATUSES = [
    ("station_id_invalid", None, None, None),
    ("charger_not_accepted", "Invalid", "Invalid", "NOT_ALLOWED"),
    ("licence_inactive", "Invalid", "Invalid", "NOT_ALLOWED"),
    ("msp_blocked", "Invalid", "Blocked", "BLOCKED"),
    ("token_blocked", "Blocked", "Blocked", "BLOCKED"),
    ("token_expired", "Expired", "Expired", "EXPIRED"),
    ("token_not_valid", "Invalid", "Invalid", "BLOCKED"),
    ("contract_not_checked", "Invalid", "Invalid", None),
    ("already_charging", "ConcurrentTx", "ConcurrentTx", "NOT_ALLOWED"),
    ("budget_used_up", "Invalid", "NoCredit", "NO_CREDIT"),
    ("token_unknown", "Invalid", "Unknown", None),
    ("reimbursement_not_linked", "Invalid", "NotAtThisLocation", None),
    ("outside_stay", "Invalid", "NotAtThisTime", None),
    ("wrong_charger_for_stay", "Invalid", "NotAtThisLocation", None),
    ("stay_not_begun", "Invalid", "NotAtThisTime", None),
    ("stay_over", "Invalid", "NotAtThisTime", None),
    ("stay_cancelled", "Invalid", "NotAtThisTime", None),
    ("booking_not_found", None, None, None),
    ("stay_on_other_phones", None, None, None),
    ("not_in_local_group", "Invalid", "NotAtThisLocation", None),
    ("group_disabled", "Invalid", "NotAtThisLocation", None),
    ("outside_schedule", "Invalid", "NotAtThisTime", None),
    ("private_not_set_up", "Invalid", "NotAtThisLocation", "NOT_ALLOWED"),
    ("remote_start_roaming_off", "Invalid", "NotAtThisLocation", "NOT_ALLOWED"),
    ("private_charger", "Invalid", "NotAtThisLocation", "NOT_ALLOWED"),
    ("not_public", "Invalid", "NotAtThisLocation", "NOT_ALLOWED"),
    ("account_not_verified", "Invalid", "NoCredit", "NO_CREDIT"),
    ("payment_required", "Invalid", "NoCredit", "NO_CREDIT"),
    ("live_validation_refused", "Invalid", "Invalid", "NOT_ALLOWED"),
    ("live_validation_timeout", "Invalid", "Invalid", None),
    ("upstream_refused", None, None, None),
    ("upstream_silent", "Invalid", "Invalid", None),
    ("charger_refused", None, None, None),
    ("charger_out_of_order", None, None, None),
    ("hold_nearly_used", None, None, None),
    ("hold_extends_soon", None, None, None),
    ("hold_used_up", None, None, None),
]


ENTRIES = list(reasons.CATALOGUE.values())
PLACES = {"charger_id": "CP 1/a", "station_id": "SUN001", "property": "sunset-1", "uid": "04A1"}


def test_it_has_every_code_in_order_with_its_statuses():
    told = [(r.code, r.statuses.ocpp_16, r.statuses.ocpp_2x, r.statuses.ocpi) for r in ENTRIES]

    assert told == STATUSES


def test_it_calls_no_two_reasons_the_same():
    assert len({reason.title for reason in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("reason", ENTRIES, ids=lambda reason: reason.code)
@pytest.mark.parametrize("audience", list(reasons.Audience))
def test_it_tells_everybody_what_it_means_and_what_to_do_next(reason, audience):
    advice = reason.advice(audience)

    assert len(advice.meaning) > 20
    assert advice.meaning.endswith(".")
    assert advice.next_steps
    assert reason.remedies
    for step in advice.next_steps:
        assert step.text[0] in string.ascii_uppercase
        assert step.text.endswith((".", "?", "!"))
        assert not re.search(r"\b(error occurred|please|simply|oops)\b", step.text, re.IGNORECASE)


@pytest.mark.parametrize("reason", ENTRIES, ids=lambda reason: reason.code)
def test_it_sends_a_guest_to_no_page_of_the_portal(reason):
    assert {step.link for step in reason.guest.next_steps} <= {
        "",
        "/charge",
        "/c/{station_id}",
        "/c/{station_id}/ask",
        "/c/{station_id}/booking",
    }


def test_it_leaves_a_link_out_where_a_value_is_missing():
    assert links.fill("/chargers/{charger_id}/", {"charger_id": ""}) == ""
    assert links.fill("/chargers/{charger_id}/", PLACES) == "/chargers/CP%201%2Fa/"


def test_it_names_who_has_to_act_where_it_is_somebody_elses():
    remedies = {code: reason.remedies for code, reason in reasons.CATALOGUE.items()}

    assert reasons.Remedy.EMPLOYER in remedies["reimbursement_not_linked"]
    assert reasons.Remedy.EMPLOYER in remedies["upstream_refused"]
    assert reasons.Remedy.LEADER in remedies["upstream_refused"]
    assert reasons.Remedy.ROAMING_PARTNER in remedies["token_unknown"]
    assert reasons.Remedy.PROVIDER in remedies["live_validation_refused"]
    assert reasons.Remedy.INSTALLER in remedies["charger_refused"]


def test_it_does_not_know_a_code_that_it_does_not_have():
    with pytest.raises(KeyError):
        reasons.get("because")
