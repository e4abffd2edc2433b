"""Tickets and what hangs on them, mails that came in, conversations with the assistant, articles."""

from support.models.assistant import Article, ArticleRevision, Conversation, ConversationTurn
from support.models.conversation import Attachment, Draft, Macro, Presence, TicketMessage
from support.models.inbound import InboundMail
from support.models.tickets import Ticket, TicketDetail, TicketLink, TimelineLink

__all__ = [
    "Article",
    "ArticleRevision",
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
