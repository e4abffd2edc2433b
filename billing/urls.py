"""The portal's rooms about money."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("", views.dashboard_page, name="dashboard"),
    path("sessions/", views.session_list, name="sessions"),
    path("sessions/<uuid:session_id>/", views.session_page, name="session"),
    path("sessions/<uuid:session_id>/waive/", views.session_waive, name="session-waive"),
    path("books/", views.books, name="books"),
    path("books/<int:pk>/", views.books_account, name="books-account"),
    path("books/cases/", views.cases, name="cases"),
    path("books/disputes/<int:pk>/", views.dispute_page, name="dispute"),
    path("books/receivables/<int:pk>/give-up/", views.receivable_give_up, name="receivable-give-up"),
    path("books/movements/<int:pk>/", views.movement_answer, name="movement-answer"),
    path("sessions/<uuid:session_id>/refund/", views.refund_new, name="refund"),
    path("sessions/refunds/<uuid:refund_id>/", views.refund_answer, name="refund-answer"),
    path("properties/<slug:slug>/holds/", views.holds_page, name="holds"),
    path("rates/", views.rate_list, name="rates"),
    path("rates/add/", views.rate_add, name="rate-add"),
    path("rates/<int:pk>/", views.rate_page, name="rate"),
    path("rates/<int:pk>/assign/", views.rate_assign, name="rate-assign"),
    path("rates/<int:pk>/unassign/", views.rate_unassign, name="rate-unassign"),
    path("chargers/<str:charger_id>/label/", views.label_page, name="label"),
    path("chargers/<str:charger_id>/label/labels.pdf", views.label_pdf, name="label-pdf"),
    path("chargers/<str:charger_id>/label/code.svg", views.label_svg, name="label-svg"),
    path("chargers/<str:charger_id>/label/<int:connector>/code.svg", views.label_svg, name="label-svg-connector"),
]
