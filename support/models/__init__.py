"""Tickets and what hangs on them, mails that came in, conversations with the assistant, articles."""

from support.models.assistant import Conversation, ConversationTurn
from support.models.conversation import Attachment, Draft, Macro, Presence, TicketMessage
from support.models.inbound import InboundMail
from support.models.knowledge import Article, ArticleAnswer, ArticleText, ArticleVersion
from support.models.tickets import Ticket, TicketDetail, TicketLink, TimelineLink

__all__ = [
    "Article",
    "ArticleAnswer",
    "ArticleText",
    "ArticleVersion",
    "Attachment",
    "Conversation",
    "ConversationTurn",
    "Draft",
    "InboundMail",
    "Macro",
    "Presence",
    "Ticket",
    "TicketDetail",
    "TicketLink",
    "TicketMessage",
    "TimelineLink",
]
