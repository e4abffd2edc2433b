"""URLs of the portal's pages about money."""

from django.urls import path

from billing.payments.webhooks import views as webhooks_views
from billing.payouts.bank_lines.views import bank_lines as bank_lines_views
from billing.payouts.bank_lines.views import books as books_views
from billing.payouts.cycle.views import books_payouts as books_payouts_views
from billing.payouts.cycle.views import bridge_files as bridge_files_views
from billing.payouts.cycle.views import payouts as payouts_views
from billing.payouts.payees.views import payout_agreements as payout_agreements_views
from billing.payouts.payees.views import payout_setup as payout_setup_views
from billing.payouts.sending import views as payment_file_views
from billing.payouts.statements.views import seller_report as seller_report_views
from billing.payouts.statements.views import statements as statements_views
from billing.pricing.rates.views import assignments as assignments_views
from billing.pricing.rates.views import rate_grid as rate_grid_views
from billing.pricing.rates.views import rates as rates_views
from billing.pricing.rehearsals import views as rehearsals_views
from billing.pricing.taxes import views as taxes_views
from billing.roaming.console import views as roaming_views
from billing.sessions.documents import views as documents_views
from billing.sessions.drivers import views as drivers_views
from billing.sessions.folios import views as folios_views
from billing.sessions.holds import views as holds_views
from billing.sessions.home import views as home_views
from billing.sessions.lifecycle import views as lifecycle_views
from billing.sessions.money_work import views as money_work_views
from billing.sessions.offers import views as offers_views
from billing.sessions.plans import views as plans_views
from billing.sessions.processor_reports import views as processor_reports_views
from billing.sessions.refunds.views import complaints as complaints_views
from billing.sessions.refunds.views import refunds as refunds_views
from billing.sessions.settlement.views import differences as differences_views
from billing.sessions.settlement.views import sessions as sessions_views
from billing.sessions.starting import views as starting_views

app_name = "billing"
urlpatterns = [
    path("sessions/", lifecycle_views.session_list, name="sessions"),
    path("sessions/sessions.csv", lifecycle_views.session_list_csv, name="sessions-csv"),
    path("sessions/<uuid:session_id>/", sessions_views.session_page, name="session"),
    path("sessions/<uuid:session_id>/power.csv", sessions_views.session_power_csv, name="session-power"),
    path("sessions/<uuid:session_id>/folio/", folios_views.session_folio, name="session-folio"),
    path("sessions/<uuid:session_id>/waive/", sessions_views.session_waive, name="session-waive"),
    path("sessions/<uuid:session_id>/review/", sessions_views.session_review, name="session-review"),
    path("sessions/<uuid:session_id>/difference/", differences_views.session_difference, name="session-difference"),
    path("books/", books_views.books, name="books"),
    path("books/<int:pk>/", books_views.books_account, name="books-account"),
    path("books/payouts/", books_payouts_views.books_payouts, name="books-payouts"),
    path("books/sellers/", seller_report_views.seller_report, name="seller-report"),
    path("books/cases/", money_work_views.cases, name="cases"),
    path("books/bank/", bank_lines_views.bank, name="bank"),
    path("books/bank/<int:pk>/", bank_lines_views.bank_line, name="bank-line"),
    path("books/clearings/<int:pk>/", bank_lines_views.clearing_answer, name="clearing-answer"),
    path("books/suspense/<int:pk>/", bank_lines_views.suspense_post, name="suspense-post"),
    path("books/differences/", bank_lines_views.difference_list, name="differences"),
    path("books/payments/", payment_file_views.payments, name="payments"),
    path("books/payments/<int:pk>/file", payment_file_views.payment_file, name="payment-file"),
    path("books/payments/<int:pk>/withdraw/", payment_file_views.payment_file_withdraw, name="payment-file-withdraw"),
    path("books/disputes/<int:pk>/", processor_reports_views.dispute_page, name="dispute"),
    path("books/receivables/<int:pk>/give-up/", processor_reports_views.receivable_give_up, name="receivable-give-up"),
    path("books/movements/<int:pk>/", processor_reports_views.movement_answer, name="movement-answer"),
    path("books/plan-refunds/<int:pk>/", processor_reports_views.plan_refund_answer, name="plan-refund-answer"),
    path("money/", money_work_views.money_list, name="money"),
    path("sessions/<uuid:session_id>/refund/", refunds_views.refund_new, name="refund"),
    path("sessions/complaints/<int:pk>/", complaints_views.complaint_answer, name="complaint-answer"),
    path("sessions/offers/<int:pk>/", offers_views.offer_answer, name="offer-answer"),
    path("sessions/refunds/<uuid:refund_id>/", refunds_views.refund_answer, name="refund-answer"),
    path("home-charging/", home_views.home_charging_page, name="home-charging"),
    path("home-charging/<slug:host>/<str:month>/close/", home_views.home_close, name="home-close"),
    path("home-charging/invoices/<int:pk>/", home_views.home_invoice, name="home-invoice"),
    path("home-charging/invoices/<int:pk>/lines.csv", home_views.home_invoice_csv, name="home-invoice-csv"),
    path("home-charging/invoices/<int:pk>/pages.pdf", home_views.home_invoice_pdf, name="home-invoice-pdf"),
    path("home-charging/payouts/<int:pk>/lines.csv", home_views.home_payout_csv, name="home-payout-csv"),
    path("home-charging/payouts/<int:pk>/pages.pdf", home_views.home_payout_pdf, name="home-payout-pdf"),
    path("home-charging/invoices/<int:pk>/paid/", home_views.home_invoice_paid, name="home-invoice-paid"),
    path("home-charging/payouts/<int:pk>/paid/", home_views.home_payout_paid, name="home-payout-paid"),
    path("authorization/providers/<slug:key>/connection/", roaming_views.roaming_connection, name="roaming-connection"),
    path(
        "authorization/providers/<slug:key>/connection/exchanges/",
        roaming_views.roaming_exchanges,
        name="roaming-exchanges",
    ),
    path("authorization/providers/<slug:key>/connection/docket/", roaming_views.roaming_docket, name="roaming-docket"),
    path(
        "authorization/providers/<slug:key>/connection/exchanges/<uuid:exchange_id>/",
        roaming_views.roaming_exchange,
        name="roaming-exchange",
    ),
    path("authorization/tokens/<int:pk>/claim-code/", drivers_views.claim_code, name="claim-code"),
    path("connections/", webhooks_views.connection_hosts, name="connection-hosts"),
    path("connections/<slug:host>/", webhooks_views.connections, name="connections"),
    path("connections/endpoints/<int:pk>/", webhooks_views.connection, name="connection"),
    path("connections/deliveries/<int:pk>/", webhooks_views.delivery, name="delivery"),
    path("payouts/", payouts_views.payout_hosts, name="payout-hosts"),
    path("payouts/<slug:host>/", payouts_views.payout_list, name="payouts"),
    path("payouts/<slug:host>/setup/", payout_setup_views.payout_setup, name="payout-setup"),
    path("payouts/<slug:host>/agreement/", payout_agreements_views.payout_agreement, name="payout-agreement"),
    path("payouts/<slug:host>/bank/", bank_lines_views.host_bank, name="host-bank"),
    path("payouts/<slug:host>/accounts/", payouts_views.bank_account_list, name="bank-accounts"),
    path("payouts/accounts/<int:pk>/act/", payouts_views.bank_account_act, name="bank-account-act"),
    path("payouts/one/<uuid:payout_id>/", payouts_views.payout_page, name="payout"),
    path("payouts/one/<uuid:payout_id>/lines.csv", payouts_views.payout_csv, name="payout-csv"),
    path("payouts/one/<uuid:payout_id>/bridge.csv", bridge_files_views.payout_bridge_csv, name="payout-bridge-csv"),
    path("payouts/one/<uuid:payout_id>/bridge.pdf", bridge_files_views.payout_bridge_pdf, name="payout-bridge-pdf"),
    path("payouts/one/<uuid:payout_id>/act/", payouts_views.payout_act, name="payout-act"),
    path("payouts/one/<uuid:payout_id>/<slug:kind>/", payouts_views.payout_row, name="payout-row"),
    path("statements/", statements_views.statement_hosts, name="statement-hosts"),
    path("statements/<slug:host>/", statements_views.statement_list, name="statements"),
    path("statements/<slug:host>/<str:currency>/<str:month>/", statements_views.statement, name="statement"),
    path(
        "statements/<slug:host>/<str:currency>/<str:month>/lines.csv",
        statements_views.statement_csv,
        name="statement-csv",
    ),
    path(
        "statements/<slug:host>/<str:currency>/<str:month>/pages.pdf",
        statements_views.statement_pdf,
        name="statement-pdf",
    ),
    path("properties/<slug:slug>/who/", starting_views.who_page, name="who"),
    path("properties/<slug:slug>/holds/", holds_views.holds_page, name="holds"),
    path("rates/", rates_views.rate_list, name="rates"),
    path("rates/plans/", plans_views.plan_list, name="plans"),
    path("rates/plans/add/<slug:host>/", plans_views.plan_add, name="plan-add"),
    path("rates/plans/<int:pk>/", plans_views.plan_page, name="plan"),
    path("rates/plans/<int:pk>/retire/", plans_views.plan_retire, name="plan-retire"),
    path("rates/grid/", rate_grid_views.rate_grid, name="rate-grid"),
    path("rates/taxes/", taxes_views.property_taxes, name="property-taxes"),
    path("rates/taxes/<slug:slug>/", taxes_views.property_tax_state, name="property-tax"),
    path("rates/add/", rates_views.rate_add, name="rate-add"),
    path("rates/<int:pk>/", rates_views.rate_page, name="rate"),
    path("rates/<int:pk>/assign/", assignments_views.rate_assign, name="rate-assign"),
    path("rates/<int:pk>/rehearsal/", rehearsals_views.rate_rehearsal, name="rate-rehearsal"),
    path("rates/<int:pk>/withdraw/", rates_views.rate_withdraw, name="rate-withdraw"),
    path("rates/<int:pk>/unassign/", assignments_views.rate_unassign, name="rate-unassign"),
    path("chargers/labels/sheet/", documents_views.label_sheet, name="label-sheet"),
    path("properties/<slug:slug>/labels.pdf", documents_views.property_labels, {"kind": "pdf"}, name="labels-pdf"),
    path("properties/<slug:slug>/labels-svg.zip", documents_views.property_labels, {"kind": "svg"}, name="labels-svg"),
    path("properties/<slug:slug>/labels-png.zip", documents_views.property_labels, {"kind": "png"}, name="labels-png"),
    path("chargers/<str:charger_id>/label/", documents_views.label_page, name="label"),
    path("chargers/<str:charger_id>/label/labels.pdf", documents_views.label_pdf, name="label-pdf"),
    path("chargers/<str:charger_id>/label/code.svg", documents_views.label_svg, name="label-svg"),
    path(
        "chargers/<str:charger_id>/label/<int:connector>/code.svg",
        documents_views.label_svg,
        name="label-svg-connector",
    ),
    path("chargers/<str:charger_id>/label/code.png", documents_views.label_png, name="label-png"),
    path(
        "chargers/<str:charger_id>/label/<int:connector>/code.png",
        documents_views.label_png,
        name="label-png-connector",
    ),
]
