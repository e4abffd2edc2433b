"""Support in the portal: a host's requests, asking for help, articles."""

from support.views.articles import article_answer, article_list, article_page
from support.views.asking import ask
from support.views.listing import request_list
from support.views.signs import sign_answer
from support.views.timelines import charger_page, session_page, shared

__all__ = [
    "article_answer",
    "article_list",
    "article_page",
    "ask",
    "charger_page",
    "request_list",
    "session_page",
    "shared",
    "sign_answer",
]
