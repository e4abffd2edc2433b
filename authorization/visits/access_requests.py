"""Access requests at private chargers: made by a driver at the charger, answered once by its host."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from authorization.identifiers import uids
from authorization.models import AccessRequest, AccessRule, Token
from chargers.local_lists import list_state
from chargers.models import Charger
from chargers.text import card_numbers

State = AccessRequest.State
_VISITOR: Final = "AD_HOC_USER"
VISITOR_PREFIX: Final = "VISIT"
"""Prefix of the tokens created for drivers without a card, who start by their link."""


class AnsweredError(Exception):
    """The request was answered already; the message tells how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The driver's request; `uid` in any notation, or empty."""

    name: str
    email: str = ""
    uid: str = ""
    message: str = ""


def request(charger: Charger, visitor: Visitor, *, now: datetime) -> AccessRequest:
    """Creates a request. Raises uids.UidError if the number cannot be a card's."""
    return AccessRequest.objects.create(
        charger=charger,
        secret=secrets.token_urlsafe(24),
        name=card_numbers.mask(visitor.name),
        email=visitor.email,
        uid=uids.of_token(visitor.uid) if visitor.uid.strip() else "",
        message=card_numbers.mask(visitor.message),
        asked_at=now,
    )


def grant(request_id: int, *, until: datetime, answer: str, now: datetime) -> AccessRequest:
    """Opens this charger until then to a token created for the driver's link, and to the card they named.

    Raises AnsweredError. The link never starts with the named card: anybody can name a resident's card, but only its
    holder can tap it. A card that the host blocked stays blocked.
    """
    with transaction.atomic():
        request = _lock_open_request(request_id)
        if request.uid:
            _open_to(_named_token(request), request, until=until, now=now)
        rule = _open_to(_visitor_token(request), request, until=until, now=now)
        list_state.mark_host_due(request.charger.property.host)
        return _save_answer(request, state=State.GRANTED, answer=answer, now=now, rule=rule)


def decline(request_id: int, *, answer: str, now: datetime) -> AccessRequest:
    """Declines the request. Raises AnsweredError."""
    with transaction.atomic():
        return _save_answer(_lock_open_request(request_id), state=State.DECLINED, answer=answer, now=now, rule=None)


def withdraw(request: AccessRequest, *, now: datetime) -> None:
    """Ends a grant early; a running session continues."""
    _rules(request).filter(active_to__gt=now).update(active_to=now)
    list_state.mark_host_due(request.charger.property.host)


def can_start_by_link(request: AccessRequest) -> bool:
    """Whether the grant created a token for the link; older grants opened the named card instead."""
    rule = request.rule
    return rule is not None and rule.token.type == _VISITOR and rule.token.canonical_uid.startswith(VISITOR_PREFIX)


def erase(email: str, *, now: datetime) -> None:
    """Deletes the requests made with this address, and the access that they gave. Call it in a transaction."""
    for request in AccessRequest.objects.select_related("charger__property__host", "rule").filter(email__iexact=email):
        withdraw(request, now=now)
        visitors = Token.objects.filter(access_rules__in=_rules(request), type=_VISITOR)
        visitors.filter(canonical_uid__startswith=VISITOR_PREFIX).update(owner="")
        request.delete()


def _lock_open_request(request_id: int) -> AccessRequest:
    rows = AccessRequest.objects.select_related("charger__property__host").select_for_update(of=("self",))
    request = rows.get(pk=request_id)
    if request.state != State.OPEN:
        raise AnsweredError(f"This request was answered already: {request.get_state_display().lower()}.")
    return request


def _open_to(token: Token, request: AccessRequest, *, until: datetime, now: datetime) -> AccessRule:
    return AccessRule.objects.create(token=token, charger=request.charger, active_from=now, active_to=until)


def _rules(request: AccessRequest) -> QuerySet[AccessRule]:
    """Returns the access rules of the link and of the named card, which began at the same moment."""
    of_card = Q(
        charger=request.charger_id,
        token__canonical_uid=request.uid,
        active_from=request.answered_at,
        token__host=request.charger.property.host_id,
    )
    return AccessRule.objects.filter(Q(request=request) | of_card if request.uid else Q(request=request))


def _visitor_token(request: AccessRequest) -> Token:
    uid = f"{VISITOR_PREFIX}{secrets.token_hex(7).upper()}"
    host = request.charger.property.host
    return Token.objects.create(host=host, uid=uid, canonical_uid=uid, type=_VISITOR, owner=request.name)


def _named_token(request: AccessRequest) -> Token:
    token, _ = Token.objects.get_or_create(
        host=request.charger.property.host,
        canonical_uid=request.uid,
        defaults={"uid": request.uid, "owner": request.name},
    )
    return token


def _save_answer(
    request: AccessRequest, *, state: State, answer: str, now: datetime, rule: AccessRule | None
) -> AccessRequest:
    answer = card_numbers.mask(answer)
    request.state, request.answer, request.answered_at, request.rule = state, answer, now, rule
    request.save(update_fields=["state", "answer", "answered_at", "rule"])
    return request
