"""Stores a provider's token: as the card that decisions read, and as the object that the provider sent."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from authorization.identifiers import uids
from authorization.models import MobilityProvider, Token
from authorization.roaming.transport import times
from billing.models import RoamingToken

Body = dict[str, Any]
_FIELDS: Final = ("uid", "type", "visual_number", "contract_id", "parent", "valid", "whitelist")


class UnusableUidError(Exception):
    """No charger could ever read this UID."""


def find(msp: MobilityProvider, uid: str, *, kind: str | None) -> Token | None:
    """Returns the token by its case-insensitive UID, and its type unless that is None."""
    canonical = uids.from_wire(uid)
    if canonical is None:
        return None
    rows = Token.objects.filter(msp=msp, canonical_uid=canonical)
    return (rows if kind is None else rows.filter(type=kind)).select_related("roaming").first()


def store(msp: MobilityProvider, body: Body, *, now: datetime) -> bool:
    """Stores the token.

    True if it is new. Raises UnusableUidError. Our own data about it, such as a block, is preserved.
    """
    canonical = uids.from_wire(body["uid"])
    if canonical is None or uids.is_vehicle(canonical):
        raise UnusableUidError
    values = {
        "uid": body["uid"],
        "type": body["type"],
        "visual_number": body.get("visual_number", ""),
        "contract_id": body.get("contract_id") or body.get("auth_id", ""),
        "parent": body.get("group_id", ""),
        "valid": body["valid"],
        "whitelist": body["whitelist"],
    }
    with transaction.atomic():
        (token,) = Token.objects.bulk_create(
            [Token(msp=msp, canonical_uid=canonical, **values)],
            update_conflicts=True,
            unique_fields=["msp", "canonical_uid"],
            update_fields=[*_FIELDS, "updated_at"],
        )
        stored_token = Token.objects.get(msp=msp, canonical_uid=canonical) if token.pk is None else token
        _, is_new = RoamingToken.objects.update_or_create(
            token_id=stored_token.pk, defaults={"body": body, "last_updated": times.read(body["last_updated"])}
        )
    return is_new


def body_of(token: Token) -> Body:
    """Returns the body as its provider sent it; for a token from a list or a file, the equivalent."""
    roaming_token = getattr(token, "roaming", None)
    if isinstance(roaming_token, RoamingToken):
        return dict(roaming_token.body)
    assert token.msp is not None
    optional = {"visual_number": token.visual_number, "group_id": token.parent}
    return {
        "country_code": token.msp.country_code,
        "party_id": token.msp.party_id,
        "uid": token.uid,
        "type": token.type,
        "contract_id": token.contract_id or token.visual_number[:36] or token.uid,
        "issuer": token.msp.name[:64],
        "valid": token.valid,
        "whitelist": token.whitelist,
        "last_updated": times.text(token.updated_at),
        **{name: value for name, value in optional.items() if value},
    }
