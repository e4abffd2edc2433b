"""The host's own cards: found in any spelling, and whitelisted by a local group."""

from django.db.models import Q

from authorization.identifiers import uids
from authorization.models import Token, TokenGroup
from chargers.local_lists import list_state
from chargers.models import Host


def matching(query: str) -> Q:
    """Matches the UID in any notation or its beginning, the number on the card, or the owner."""
    canonical = uids.from_wire(query) or query
    return Q(canonical_uid__startswith=canonical) | Q(visual_number__icontains=query) | Q(owner__icontains=query)


def find(host: Host, uid: str) -> Token | None:
    """Returns the host's card with this UID in any notation; never another host's."""
    canonical = uids.from_wire(uid)
    return Token.objects.filter(host=host, canonical_uid=canonical).first() if canonical else None


def get_or_create_own(host: Host, uid: str, *, owner: str = "") -> Token:
    """Returns the host's own card with this UID, added if it is new. Raises uids.UidError for what cannot be a UID."""
    token, _ = Token.objects.get_or_create(
        host=host, canonical_uid=uids.of_card(uid), defaults={"uid": uid.strip()[:36], "owner": owner}
    )
    return token


def find_or_create_card(host: Host, uid: str, *, owner: str = "") -> Token:
    """Returns the host's own card; or a provider's with exactly this UID; or a new one. Raises uids.UidError."""
    tokens = Token.objects.filter(canonical_uid=uids.canonical(uid))
    own_card = tokens.filter(host=host).first()
    return own_card or tokens.filter(host=None).order_by("pk").first() or get_or_create_own(host, uid, owner=owner)


def whitelist(*, group: TokenGroup, uid: str, visual_number: str = "", owner: str = "") -> Token:
    """Puts a card into a local group, adding the card if it is new. Repeating it changes nothing.

    The flags `valid` and `blocked` are not touched: a blocked card stays blocked in a new group. Raises uids.UidError
    for what cannot be a UID.
    """
    token, is_new = Token.objects.get_or_create(
        host=group.host,
        canonical_uid=uids.of_card(uid),
        defaults={"uid": uid.strip()[:36], "visual_number": visual_number, "owner": owner},
    )
    if not is_new and ((visual_number and not token.visual_number) or (owner and not token.owner)):
        token.visual_number = token.visual_number or visual_number
        token.owner = token.owner or owner
        token.save(update_fields=["visual_number", "owner", "updated_at"])
    group.tokens.add(token)
    list_state.mark_host_due(group.host)
    return token


def flags(token: Token) -> dict[str, bool]:
    """Returns the two flags as the audit trail records them."""
    return {"valid": token.valid, "blocked": token.blocked}


def flag(token: Token, *, valid: bool | None = None, blocked: bool | None = None, reason: str) -> None:
    """Sets `valid`, `blocked` or both; None leaves a flag unchanged. A block stores its reason, which refusals show."""
    token.valid = token.valid if valid is None else valid
    if blocked is not None:
        token.blocked = blocked
        token.blocked_reason = reason if blocked else ""
    token.save(update_fields=["valid", "blocked", "blocked_reason", "updated_at"])
    if token.host_id:
        list_state.mark_host_due(token.host_id)
