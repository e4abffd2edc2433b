"""The portal's rooms about money."""

from billing.views.assignments import rate_assign, rate_unassign
from billing.views.books import books, books_account
from billing.views.claim_code import claim_code
from billing.views.company import company, company_hosts
from billing.views.dashboard import dashboard_page
from billing.views.labels import label_page, label_pdf, label_svg
from billing.views.plans import plan_add, plan_list, plan_page, plan_retire
from billing.views.rates import rate_add, rate_list, rate_page
from billing.views.refunds import refund_answer, refund_new
from billing.views.sessions import session_list, session_page, session_waive

__all__ = [
    "books",
    "books_account",
    "claim_code",
    "company",
    "company_hosts",
    "dashboard_page",
    "label_page",
    "label_pdf",
    "label_svg",
    "plan_add",
    "plan_list",
    "plan_page",
    "plan_retire",
    "rate_add",
    "rate_assign",
    "rate_list",
    "rate_page",
    "rate_unassign",
    "refund_answer",
    "refund_new",
    "session_list",
    "session_page",
    "session_waive",
]
