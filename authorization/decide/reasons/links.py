"""Links of the catalogue's sentences: the portal's addresses, built from slugs and ids in one place."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

TOKENS = "/authorization/tokens/"
GROUPS = "/authorization/groups/"
ROAMING = "/authorization/roaming/"
PROVIDERS = "/authorization/providers/"
DECISIONS = "/authorization/decisions/"
AUTOCHARGE = "/authorization/autocharge/"
REQUESTS = "/authorization/requests/"
HOW_IT_WORKS = "/authorization/how-it-works/"
REASONS = "/authorization/reasons/"
CHARGERS = "/chargers/"
PROPERTIES = "/properties/"
STAYS = "/authorization/stays/"
REIMBURSEMENT = "/authorization/reimbursement/"


def charger(charger_id: str) -> str:
    return f"{CHARGERS}{_segment(charger_id)}/"


def charger_messages(charger_id: str) -> str:
    return f"{charger(charger_id)}logs/"


def charger_setup(charger_id: str) -> str:
    """Returns the charger's setup page: its place, whether it is set up, until when it takes any card, its licence."""
    return f"{charger(charger_id)}setup/"


def property_(slug: str) -> str:
    return f"{PROPERTIES}{_segment(slug)}/"


def token(uid: str) -> str:
    """Returns the list of tokens, searched for this UID."""
    return f"{TOKENS}?{urlencode({'q': uid})}"


def roaming_token(uid: str) -> str:
    """Returns the mobility providers' cards, searched for this exact number."""
    return f"{ROAMING}?{urlencode({'q': uid})}"


def add_token(*, uid: str, charger_id: str) -> str:
    """Returns the form that whitelists a UID, prefilled."""
    return f"{TOKENS}add/?{urlencode({'uid': uid, 'charger': charger_id})}"


def reimbursement(*, uid: str, charger_id: str) -> str:
    """Returns the contracts of this card, with what is missing at this charger."""
    return f"{REIMBURSEMENT}?{urlencode({'q': uid, 'charger': charger_id})}"


def stays(uid: str) -> str:
    """Returns the stays of this card, or all stays without one."""
    return f"{STAYS}?{urlencode({'q': uid})}" if uid else STAYS


def group(slug: str) -> str:
    return f"{GROUPS}{_segment(slug)}/"


def provider(key: str) -> str:
    return f"{PROVIDERS}{_segment(key)}/" if key else PROVIDERS


def reason(code: str) -> str:
    return f"{REASONS}#{_segment(code)}"


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fills a template such as `/chargers/{charger_id}/proxy/`; empty where a value is not known."""
    quoted = {name: _segment(value) for name, value in values.items() if value}
    try:
        return template.format_map(quoted)
    except KeyError:
        return ""


def _segment(text: str) -> str:
    return quote(text, safe="")
