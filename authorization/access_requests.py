"""Requests to be let in at a private charger: asked by whoever stands there, answered once by its host."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from authorization import uids
from authorization.models import AccessRequest, AccessRule, Token
from chargers import card_memories
from chargers.models import Charger

State = AccessRequest.State
VISITOR_PREFIX: Final = "VISIT"
"""Of the tokens made for people without a card: they start by their link."""


class AnsweredError(Exception):
    """The request was answered already; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, and what they say; `uid` in any notation, or empty."""

    name: str
    email: str = ""
    uid: str = ""
    message: str = ""


def ask(charger: Charger, asked: Asked, *, now: datetime) -> AccessRequest:
    """Raises uids.UidError for what cannot be the number of a card."""
    return AccessRequest.objects.create(
        charger=charger,
        secret=secrets.token_urlsafe(24),
        name=asked.name,
        email=asked.email,
        uid=uids.canonical(asked.uid) if asked.uid.strip() else "",
        message=asked.message,
        asked_at=now,
    )


def grant(request_id: int, *, until: datetime, answer: str, now: datetime) -> AccessRequest:
    """Opens this one charger to their card, or to a token made for their link, until then. Raises AnsweredError.

    A card that the host blocked stays blocked.
    """
    with transaction.atomic():
        request = _open(request_id)
        rule = AccessRule.objects.create(
            token=_token(request), charger=request.charger, active_from=now, active_to=until
        )
        card_memories.changed(request.charger.property.host)
        return _answered(request, state=State.GRANTED, answer=answer, now=now, rule=rule)


def decline(request_id: int, *, answer: str, now: datetime) -> AccessRequest:
    """Raises AnsweredError."""
    with transaction.atomic():
        return _answered(_open(request_id), state=State.DECLINED, answer=answer, now=now, rule=None)


def withdraw(request: AccessRequest, *, now: datetime) -> None:
    """Ends a grant early; a running session goes on."""
    AccessRule.objects.filter(request=request, active_to__gt=now).update(active_to=now)
    card_memories.changed(request.charger.property.host)


def _open(request_id: int) -> AccessRequest:
    rows = AccessRequest.objects.select_related("charger__property__host").select_for_update(of=("self",))
    request = rows.get(pk=request_id)
    if request.state != State.OPEN:
        raise AnsweredError(f"This request was answered already: {request.get_state_display().lower()}.")
    return request


def _token(request: AccessRequest) -> Token:
    host = request.charger.property.host
    if not request.uid:
        uid = f"{VISITOR_PREFIX}{secrets.token_hex(7).upper()}"
        return Token.objects.create(host=host, uid=uid, canonical_uid=uid, type="AD_HOC_USER", owner=request.name)
    token, _ = Token.objects.get_or_create(
        host=host, canonical_uid=request.uid, defaults={"uid": request.uid, "owner": request.name}
    )
    return token


def _answered(
    request: AccessRequest, *, state: State, answer: str, now: datetime, rule: AccessRule | None
) -> AccessRequest:
    request.state, request.answer, request.answered_at, request.rule = state, answer, now, rule
    request.save(update_fields=["state", "answer", "answered_at", "rule"])
    return request
