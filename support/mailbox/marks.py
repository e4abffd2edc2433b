"""What mails of ours carry, so that answers to them are recognised and cut."""

import re
from typing import Final

OPENS: Final = "##-"
CLOSES: Final = "-##"
CUT: Final = re.compile(r"^(?:>|[^\S\n])*+##-.{0,200}-##[^\S\n]*+$", re.MULTILINE)
"""Our own line, in any language and however deeply quoted: the answer stands above it."""
OWN_HEADER: Final = "X-Charging-Ticket"
DOMAIN: Final = "charging"


def message_id(key: object) -> str:
    """Of the mail of a message. Nobody guesses it, since the message's id is random: an answer to it may be trusted."""
    return f"<ticket-message-{key}@{DOMAIN}>"
