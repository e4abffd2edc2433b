"""Marks in our mails, by which replies to them are recognised and cut."""

import re
from typing import Final

OPENS: Final = "##-"
CLOSES: Final = "-##"
CUT: Final = re.compile(r"^(?:>|[^\S\n])*+##-.{0,200}-##[^\S\n]*+$", re.MULTILINE)
"""Our own line, in any language and however deeply quoted: the reply is above it."""
OWN_HEADER: Final = "X-Charging-Ticket"
DOMAIN: Final = "charging"


def message_id(key: object) -> str:
    """Returns the Message-ID for a message.

    It cannot be guessed, since the message's id is random, so a reply to it can be trusted.
    """
    return f"<ticket-message-{key}@{DOMAIN}>"
