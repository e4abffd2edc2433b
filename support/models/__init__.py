"""Tickets and related tables: mails, identity checks, conversations with the assistant, articles, incidents."""

from support.models.assistant import Conversation, ConversationTurn
from support.models.conversation import Attachment, Draft, Macro, Presence, TicketMessage
from support.models.identity import IdentityCheck
from support.models.inbound import InboundMail
from support.models.incidents import AffectedCharger, AffectedTicket, CommonFault, StatusPage
from support.models.knowledge import Article, ArticleAnswer, ArticleText, ArticleVersion
from support.models.search import SearchWord, TicketIndex
from support.models.signs import SignAnswer
from support.models.tickets import Ticket, TicketDetail, TicketLink, TimelineLink
from support.models.tools import ToolUse

__all__ = [
    "AffectedCharger",
    "AffectedTicket",
    "Article",
    "ArticleAnswer",
    "ArticleText",
    "ArticleVersion",
    "Attachment",
    "CommonFault",
    "Conversation",
    "ConversationTurn",
    "Draft",
    "IdentityCheck",
    "InboundMail",
    "Macro",
    "Presence",
    "SearchWord",
    "SignAnswer",
    "StatusPage",
    "Ticket",
    "TicketDetail",
    "TicketIndex",
    "TicketLink",
    "TicketMessage",
    "TimelineLink",
    "ToolUse",
]
