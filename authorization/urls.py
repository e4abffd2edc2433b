"""The portal's rooms about cards, groups, decisions and reasons."""

from django.urls import path

from authorization import views
from billing.sessions.arrivals import views as arrivals_views

app_name = "authorization"
urlpatterns = [
    path("tokens/", views.token_list, name="tokens"),
    path("tokens/add/", views.token_add, name="token-add"),
    path("tokens/import/", views.token_import, name="token-import"),
    path("tokens/import/<int:pk>/", views.token_import_preview, name="token-import-preview"),
    path("tokens/export/", views.token_export, name="token-export"),
    path("tokens/<int:pk>/", views.token_page, name="token"),
    path("tokens/<int:pk>/edit/", views.token_edit, name="token-edit"),
    path("tokens/<int:pk>/flags/", views.token_flags, name="token-flags"),
    path("tokens/<int:pk>/leave/", views.token_leave, name="token-leave"),
    path("groups/", views.group_list, name="groups"),
    path("groups/add/", views.group_add, name="group-add"),
    path("groups/<int:pk>/edit/", views.group_edit, name="group-edit"),
    path("groups/<int:pk>/delete/", views.group_delete, name="group-delete"),
    path("groups/<slug:slug>/", views.group_page, name="group"),
    path("reimbursement/", views.reimbursement_list, name="reimbursement"),
    path("reimbursement/add/", views.reimbursement_add, name="reimbursement-add"),
    path("reimbursement/<int:pk>/", views.reimbursement_edit, name="reimbursement-edit"),
    path("reimbursement/<int:pk>/link/", views.reimbursement_link, name="reimbursement-link"),
    path("reimbursement/<int:pk>/end/", views.reimbursement_end, name="reimbursement-end"),
    path("stays/", views.stay_list, name="stays"),
    path("stays/add/", views.stay_add, name="stay-add"),
    path("stays/<int:pk>/", views.stay_page, name="stay"),
    path("stays/<int:pk>/card/", views.stay_card, name="stay-card"),
    path("stays/<int:pk>/end/", views.stay_end, name="stay-end"),
    path("stays/<int:pk>/message/", arrivals_views.stay_message, name="stay-message"),
    path("stays/<int:pk>/phones/<int:key_id>/", views.stay_phone, name="stay-phone"),
    path("roaming/", views.roaming, name="roaming"),
    path("providers/", views.provider_list, name="providers"),
    path("providers/<slug:key>/block/", views.provider_block, {"blocks": True}, name="provider-block"),
    path("providers/<slug:key>/unblock/", views.provider_block, {"blocks": False}, name="provider-unblock"),
    path("providers/<slug:key>/resync/", views.provider_resync, name="provider-resync"),
    path("providers/<str:msp>/", views.provider_page, name="provider"),
    path("autocharge/", views.autocharge, name="autocharge"),
    path("autocharge/<int:pk>/", views.vehicle_page, name="vehicle"),
    path("offline/", views.offline_lists, name="offline"),
    path("requests/", views.request_list, name="requests"),
    path("requests/<int:pk>/", views.request_answer, name="request-answer"),
    path("decisions/", views.decision_list, name="decisions"),
    path("decisions/<uuid:decision_id>/", views.decision_page, name="decision"),
    path("test/", views.test_token, name="test"),
    path("how-it-works/", views.how_it_works, name="how-it-works"),
    path("reasons/", views.reason_list, name="reasons"),
]
