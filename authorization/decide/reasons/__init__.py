"""The catalogue of reasons: the title of each refusal or end, its meaning by audience, and the next steps.

Every text about a refusal, in pages, API, e-mail and chatbot, comes from here. Pure; texts are message ids
that the edge translates.
"""

from types import MappingProxyType

from authorization.decide.reasons.budgets import BUDGETS
from authorization.decide.reasons.cards import CARDS
from authorization.decide.reasons.chargers import PLACES
from authorization.decide.reasons.limits import LIMITS
from authorization.decide.reasons.partners import PARTNERS
from authorization.decide.reasons.parts import Advice, Audience, JudgedBy, NextStep, Reason, Remedy, Statuses
from authorization.decide.reasons.stays import STAYS

__all__ = [
    "CATALOGUE",
    "ORDER",
    "Advice",
    "Audience",
    "JudgedBy",
    "NextStep",
    "Reason",
    "Remedy",
    "Statuses",
    "get",
]

ORDER = (
    "station_id_invalid",
    "charger_not_accepted",
    "licence_inactive",
    "msp_blocked",
    "token_blocked",
    "token_expired",
    "token_not_valid",
    "contract_not_checked",
    "already_charging",
    "budget_used_up",
    "token_unknown",
    "reimbursement_not_linked",
    "outside_stay",
    "wrong_charger_for_stay",
    "stay_not_begun",
    "stay_over",
    "stay_cancelled",
    "booking_not_found",
    "stay_on_other_phones",
    "not_in_local_group",
    "group_disabled",
    "outside_schedule",
    "private_not_set_up",
    "remote_start_roaming_off",
    "private_charger",
    "not_public",
    "account_not_verified",
    "payment_required",
    "live_validation_refused",
    "live_validation_timeout",
    "upstream_refused",
    "upstream_silent",
    "charger_refused",
    "charger_out_of_order",
    "hold_nearly_used",
    "hold_extends_soon",
    "hold_used_up",
)
"""The order of the reasons; the first that matches is used."""

_BY_CODE = {reason.code: reason for reason in (*CARDS, *BUDGETS, *STAYS, *PLACES, *PARTNERS, *LIMITS)}
CATALOGUE = MappingProxyType({code: _BY_CODE[code] for code in ORDER})


def get(code: str) -> Reason:
    """Returns the entry of a code. A KeyError means that the catalogue lacks a code in use."""
    return CATALOGUE[code]
