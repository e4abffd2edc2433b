"""The portal's pages about cards, groups, decisions and reasons."""

from authorization.views.autocharge import autocharge, vehicle_page
from authorization.views.decisions import decision_list, decision_page, how_it_works, reason_list
from authorization.views.groups import group_add, group_delete, group_edit, group_list, group_page
from authorization.views.imports import token_export, token_import, token_import_preview
from authorization.views.offline import offline_lists
from authorization.views.provider import provider_page, provider_resync
from authorization.views.providers import provider_block, provider_list
from authorization.views.reimbursement import (
    reimbursement_add,
    reimbursement_edit,
    reimbursement_end,
    reimbursement_link,
    reimbursement_list,
)
from authorization.views.requests import request_answer, request_list
from authorization.views.roaming import roaming
from authorization.views.stays import stay_add, stay_card, stay_end, stay_list, stay_page, stay_phone
from authorization.views.token import token_edit, token_flags, token_leave, token_page
from authorization.views.tokens import token_add, token_list
from authorization.views.trial import test_token

__all__ = [
    "autocharge",
    "decision_list",
    "decision_page",
    "group_add",
    "group_delete",
    "group_edit",
    "group_list",
    "group_page",
    "how_it_works",
    "offline_lists",
    "provider_block",
    "provider_list",
    "provider_page",
    "provider_resync",
    "reason_list",
    "reimbursement_add",
    "reimbursement_edit",
    "reimbursement_end",
    "reimbursement_link",
    "reimbursement_list",
    "request_answer",
    "request_list",
    "roaming",
    "stay_add",
    "stay_card",
    "stay_end",
    "stay_list",
    "stay_page",
    "stay_phone",
    "test_token",
    "token_add",
    "token_edit",
    "token_export",
    "token_flags",
    "token_import",
    "token_import_preview",
    "token_leave",
    "token_list",
    "token_page",
    "vehicle_page",
]
