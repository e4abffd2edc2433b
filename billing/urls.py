"""The portal's rooms about money."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("", views.dashboard_page, name="dashboard"),
    path("sessions/", views.session_list, name="sessions"),
    path("sessions/<uuid:session_id>/", views.session_page, name="session"),
    path("sessions/<uuid:session_id>/waive/", views.session_waive, name="session-waive"),
    path("sessions/<uuid:session_id>/review/", views.session_review, name="session-review"),
    path("books/", views.books, name="books"),
    path("books/<int:pk>/", views.books_account, name="books-account"),
    path("books/cases/", views.cases, name="cases"),
    path("books/disputes/<int:pk>/", views.dispute_page, name="dispute"),
    path("books/receivables/<int:pk>/give-up/", views.receivable_give_up, name="receivable-give-up"),
    path("books/movements/<int:pk>/", views.movement_answer, name="movement-answer"),
    path("sessions/<uuid:session_id>/refund/", views.refund_new, name="refund"),
    path("sessions/refunds/<uuid:refund_id>/", views.refund_answer, name="refund-answer"),
    path("home-charging/", views.home_charging_page, name="home-charging"),
    path("home-charging/<slug:host>/<str:month>/close/", views.home_close, name="home-close"),
    path("home-charging/invoices/<int:pk>/", views.home_invoice, name="home-invoice"),
    path("home-charging/invoices/<int:pk>/lines.csv", views.home_invoice_csv, name="home-invoice-csv"),
    path("home-charging/invoices/<int:pk>/paid/", views.home_invoice_paid, name="home-invoice-paid"),
    path("home-charging/payouts/<int:pk>/paid/", views.home_payout_paid, name="home-payout-paid"),
    path("authorization/tokens/<int:pk>/claim-code/", views.claim_code, name="claim-code"),
    path("company/", views.company_hosts, name="companies"),
    path("company/<slug:host>/", views.company, name="company"),
    path("properties/<slug:slug>/holds/", views.holds_page, name="holds"),
    path("rates/", views.rate_list, name="rates"),
    path("rates/plans/", views.plan_list, name="plans"),
    path("rates/plans/add/<slug:host>/", views.plan_add, name="plan-add"),
    path("rates/plans/<int:pk>/", views.plan_page, name="plan"),
    path("rates/plans/<int:pk>/retire/", views.plan_retire, name="plan-retire"),
    path("rates/add/", views.rate_add, name="rate-add"),
    path("rates/<int:pk>/", views.rate_page, name="rate"),
    path("rates/<int:pk>/assign/", views.rate_assign, name="rate-assign"),
    path("rates/<int:pk>/rehearsal/", views.rate_rehearsal, name="rate-rehearsal"),
    path("rates/<int:pk>/withdraw/", views.rate_withdraw, name="rate-withdraw"),
    path("rates/<int:pk>/unassign/", views.rate_unassign, name="rate-unassign"),
    path("chargers/<str:charger_id>/label/", views.label_page, name="label"),
    path("chargers/<str:charger_id>/label/labels.pdf", views.label_pdf, name="label-pdf"),
    path("chargers/<str:charger_id>/label/code.svg", views.label_svg, name="label-svg"),
    path("chargers/<str:charger_id>/label/<int:connector>/code.svg", views.label_svg, name="label-svg-connector"),
]
