"""Tickets and what hangs on them, mails that came in, conversations with the assistant."""

from support.models.assistant import Conversation, ConversationTurn
from support.models.conversation import Attachment, Draft, Macro, Presence, TicketMessage
from support.models.inbound import InboundMail
from support.models.tickets import Ticket, TicketDetail, TicketLink, TimelineLink
from support.models.tools import ToolUse

__all__ = [
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
    "ToolUse",
]
