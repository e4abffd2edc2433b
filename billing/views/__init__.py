"""The portal's rooms about money."""

from billing.views.assignments import rate_assign, rate_unassign
from billing.views.books import books, books_account
from billing.views.dashboard import dashboard_page
from billing.views.labels import label_page, label_pdf, label_svg
from billing.views.rates import rate_add, rate_list, rate_page, rate_withdraw
from billing.views.refunds import refund_answer, refund_new
from billing.views.rehearsals import rate_rehearsal
from billing.views.sessions import session_list, session_page, session_review, session_waive

__all__ = [
    "books",
    "books_account",
    "dashboard_page",
    "label_page",
    "label_pdf",
    "label_svg",
    "rate_add",
    "rate_assign",
    "rate_list",
    "rate_page",
    "rate_rehearsal",
    "rate_unassign",
    "rate_withdraw",
    "refund_answer",
    "refund_new",
    "session_list",
    "session_page",
    "session_review",
    "session_waive",
]
