"""URLs of the portal's pages about cards, groups, decisions and reasons."""

from django.urls import path

from authorization.insight.views import decisions as decisions_views
from authorization.insight.views import trial as trial_views
from authorization.roaming.views import provider as provider_views
from authorization.roaming.views import providers as providers_views
from authorization.tokens.views import autocharge as autocharge_views
from authorization.tokens.views import budgets as budgets_views
from authorization.tokens.views import groups as groups_views
from authorization.tokens.views import imports as imports_views
from authorization.tokens.views import offline as offline_views
from authorization.tokens.views import roaming as roaming_views
from authorization.tokens.views import token as token_views
from authorization.tokens.views import tokens as tokens_views
from authorization.visits.views import reimbursement as reimbursement_views
from authorization.visits.views import requests as requests_views
from authorization.visits.views import stays as stays_views
from billing.sessions.arrivals import views as arrivals_views

app_name = "authorization"
urlpatterns = [
    path("tokens/", tokens_views.token_list, name="tokens"),
    path("tokens/add/", tokens_views.token_add, name="token-add"),
    path("tokens/import/", imports_views.token_import, name="token-import"),
    path("tokens/import/<int:pk>/", imports_views.token_import_preview, name="token-import-preview"),
    path("tokens/export/", imports_views.token_export, name="token-export"),
    path("tokens/<int:pk>/", token_views.token_page, name="token"),
    path("tokens/<int:pk>/edit/", token_views.token_edit, name="token-edit"),
    path("tokens/<int:pk>/flags/", token_views.token_flags, name="token-flags"),
    path("tokens/<int:pk>/leave/", token_views.token_leave, name="token-leave"),
    path("tokens/<int:pk>/budget/", budgets_views.token_budget, name="token-budget"),
    path("groups/", groups_views.group_list, name="groups"),
    path("groups/add/", groups_views.group_add, name="group-add"),
    path("groups/<int:pk>/edit/", groups_views.group_edit, name="group-edit"),
    path("groups/<int:pk>/delete/", groups_views.group_delete, name="group-delete"),
    path("groups/<int:pk>/budget/<slug:scope>/", budgets_views.group_budget, name="group-budget"),
    path("groups/<slug:slug>/", groups_views.group_page, name="group"),
    path("reimbursement/", reimbursement_views.reimbursement_list, name="reimbursement"),
    path("reimbursement/add/", reimbursement_views.reimbursement_add, name="reimbursement-add"),
    path("reimbursement/<int:pk>/", reimbursement_views.reimbursement_edit, name="reimbursement-edit"),
    path("reimbursement/<int:pk>/link/", reimbursement_views.reimbursement_link, name="reimbursement-link"),
    path("reimbursement/<int:pk>/end/", reimbursement_views.reimbursement_end, name="reimbursement-end"),
    path("stays/", stays_views.stay_list, name="stays"),
    path("stays/add/", stays_views.stay_add, name="stay-add"),
    path("stays/<int:pk>/", stays_views.stay_page, name="stay"),
    path("stays/<int:pk>/card/", stays_views.stay_card, name="stay-card"),
    path("stays/<int:pk>/end/", stays_views.stay_end, name="stay-end"),
    path("stays/<int:pk>/message/", arrivals_views.stay_message, name="stay-message"),
    path("stays/<int:pk>/phones/<int:key_id>/", stays_views.stay_phone, name="stay-phone"),
    path("roaming/", roaming_views.roaming, name="roaming"),
    path("providers/", providers_views.provider_list, name="providers"),
    path("providers/<slug:key>/block/", providers_views.provider_block, {"blocks": True}, name="provider-block"),
    path("providers/<slug:key>/unblock/", providers_views.provider_block, {"blocks": False}, name="provider-unblock"),
    path("providers/<slug:key>/resync/", provider_views.provider_resync, name="provider-resync"),
    path("providers/<str:msp>/", provider_views.provider_page, name="provider"),
    path("autocharge/", autocharge_views.autocharge, name="autocharge"),
    path("autocharge/<int:pk>/", autocharge_views.vehicle_page, name="vehicle"),
    path("offline/", offline_views.offline_lists, name="offline"),
    path("requests/", requests_views.request_list, name="requests"),
    path("requests/<int:pk>/", requests_views.request_answer, name="request-answer"),
    path("decisions/", decisions_views.decision_list, name="decisions"),
    path("decisions/by-day.csv", decisions_views.decision_chart_csv, name="decisions-by-day"),
    path("decisions/<uuid:decision_id>/", decisions_views.decision_page, name="decision"),
    path("test/", trial_views.test_token, name="test"),
    path("how-it-works/", decisions_views.how_it_works, name="how-it-works"),
    path("reasons/", decisions_views.reason_list, name="reasons"),
]
