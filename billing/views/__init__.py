"""The portal's rooms about money."""

from billing.views.alerts import alert_page
from billing.views.assignments import rate_assign, rate_unassign
from billing.views.attention import attention_act, attention_page
from billing.views.bank_lines import bank, bank_line, clearing_answer, difference_list, host_bank, suspense_post
from billing.views.books import books, books_account
from billing.views.books_payouts import books_payouts
from billing.views.cases import cases, dispute_page, movement_answer, plan_refund_answer, receivable_give_up
from billing.views.charts import charts
from billing.views.claim_code import claim_code
from billing.views.company import company, company_hosts
from billing.views.complaints import complaint_answer
from billing.views.dashboard import dashboard_page, next_payouts
from billing.views.differences import session_difference
from billing.views.find import find
from billing.views.holds import holds_page
from billing.views.home import (
    home_charging_page,
    home_close,
    home_invoice,
    home_invoice_csv,
    home_invoice_paid,
    home_invoice_pdf,
    home_payout_csv,
    home_payout_paid,
    home_payout_pdf,
)
from billing.views.hooks import connection, connection_hosts, connections, delivery
from billing.views.host_add import host_add
from billing.views.labels import label_page, label_pdf, label_sheet, label_svg
from billing.views.money_work import money_list
from billing.views.offers import offer_answer, offer_settings
from billing.views.onboarding import start_hosts, start_page
from billing.views.payment_files import payment_file, payment_file_withdraw, payments
from billing.views.payout_agreements import payout_agreement
from billing.views.payout_files import payout_bridge_csv, payout_bridge_pdf
from billing.views.payout_setup import payout_setup
from billing.views.payouts import (
    bank_account_act,
    bank_account_list,
    payout_act,
    payout_csv,
    payout_hosts,
    payout_list,
    payout_page,
    payout_row,
)
from billing.views.plans import plan_add, plan_list, plan_page, plan_retire
from billing.views.property_taxes import property_tax_state, property_taxes
from billing.views.rate_grid import rate_grid
from billing.views.rates import rate_add, rate_list, rate_page, rate_withdraw
from billing.views.refunds import refund_answer, refund_new
from billing.views.rehearsals import rate_rehearsal
from billing.views.seller_report import seller_report
from billing.views.session_list import session_list, session_list_csv
from billing.views.sessions import session_page, session_review, session_waive
from billing.views.statements import statement, statement_csv, statement_hosts, statement_list, statement_pdf

__all__ = [
    "alert_page",
    "attention_act",
    "attention_page",
    "bank",
    "bank_account_act",
    "bank_account_list",
    "bank_line",
    "books",
    "books_account",
    "books_payouts",
    "cases",
    "charts",
    "claim_code",
    "clearing_answer",
    "company",
    "company_hosts",
    "complaint_answer",
    "connection",
    "connection_hosts",
    "connections",
    "dashboard_page",
    "delivery",
    "difference_list",
    "dispute_page",
    "find",
    "holds_page",
    "home_charging_page",
    "home_close",
    "home_invoice",
    "home_invoice_csv",
    "home_invoice_paid",
    "home_invoice_pdf",
    "home_payout_csv",
    "home_payout_paid",
    "home_payout_pdf",
    "host_add",
    "host_bank",
    "label_page",
    "label_pdf",
    "label_sheet",
    "label_svg",
    "money_list",
    "movement_answer",
    "next_payouts",
    "offer_answer",
    "offer_settings",
    "payment_file",
    "payment_file_withdraw",
    "payments",
    "payout_act",
    "payout_agreement",
    "payout_bridge_csv",
    "payout_bridge_pdf",
    "payout_csv",
    "payout_hosts",
    "payout_list",
    "payout_page",
    "payout_row",
    "payout_setup",
    "plan_add",
    "plan_list",
    "plan_page",
    "plan_refund_answer",
    "plan_retire",
    "property_tax_state",
    "property_taxes",
    "rate_add",
    "rate_assign",
    "rate_grid",
    "rate_list",
    "rate_page",
    "rate_rehearsal",
    "rate_unassign",
    "rate_withdraw",
    "receivable_give_up",
    "refund_answer",
    "refund_new",
    "seller_report",
    "session_difference",
    "session_list",
    "session_list_csv",
    "session_page",
    "session_review",
    "session_waive",
    "start_hosts",
    "start_page",
    "statement",
    "statement_csv",
    "statement_hosts",
    "statement_list",
    "statement_pdf",
    "suspense_post",
]
