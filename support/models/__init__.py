"""Tickets and what hangs on them: messages, details, attachments, drafts, mails that came in."""

from support.models.conversation import Attachment, Draft, Macro, Presence, TicketMessage
from support.models.inbound import InboundMail
from support.models.tickets import Ticket, TicketDetail, TicketLink, TimelineLink

__all__ = [
    "Attachment",
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
