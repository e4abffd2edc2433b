"""The portal's rooms about money."""

from billing.views.assignments import rate_assign, rate_unassign
from billing.views.books import books, books_account
from billing.views.cases import cases, dispute_page, movement_answer, receivable_give_up
from billing.views.dashboard import dashboard_page
from billing.views.holds import holds_page
from billing.views.labels import label_page, label_pdf, label_svg
from billing.views.rates import rate_add, rate_list, rate_page
from billing.views.refunds import refund_answer, refund_new
from billing.views.sessions import session_list, session_page, session_waive

__all__ = [
    "books",
    "books_account",
    "cases",
    "dashboard_page",
    "dispute_page",
    "holds_page",
    "label_page",
    "label_pdf",
    "label_svg",
    "movement_answer",
    "rate_add",
    "rate_assign",
    "rate_list",
    "rate_page",
    "rate_unassign",
    "receivable_give_up",
    "refund_answer",
    "refund_new",
    "session_list",
    "session_page",
    "session_waive",
]
