"""People who use a code: they ask, join at once or when the host accepts them, and are removed again.

The number of a charging card proves nothing, because anyone can read it. A card that the host already knows therefore
waits for the host's answer, and only that answer puts a typed card on the account of the person who typed it. One card,
one resident: nobody joins with a card by which another person has joined.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from authorization.identifiers import uids
from authorization.models import Token, User
from authorization.tokens import revocation
from billing.models import Driver, DriverToken, Join, JoinCode
from billing.sessions.drivers import driver_tokens
from billing.sessions.join_codes import codes
from chargers.lib.i18n import mark
from chargers.local_lists import list_state
from chargers.models import Host
from chargers.text import card_numbers

State = Join.State
APP_TYPE: Final = "APP_USER"
APP_PREFIX: Final = "APP"
"""Prefix of tokens for people who start on their phone: no reader can read such a token."""
_TWICE: Final = mark("You used this code with this card already.")


class JoinError(Exception):
    """The person cannot join; the message is an English pattern of the catalogue."""


class AnsweredError(Exception):
    """The request was already answered; the message tells how."""


class TakenError(Exception):
    """Another person has the card; the message tells who, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """The person who joins. `uid` is their card in any notation; empty: they start on their phone."""

    name: str
    note: str = ""
    uid: str = ""


def join(code: JoinCode, driver: Driver, resident: Resident, *, now: datetime) -> Join:
    """Joins at once, or waits for the host. Raises JoinError, and uids.UidError for an impossible card number."""
    assert driver.user is not None
    uid = uids.of_card(resident.uid) if resident.uid.strip() else ""
    if driver.user.email_confirmed_at is None:
        raise JoinError(
            mark("Confirm your e-mail address first, on the page of your address; then use the code again.")
        )
    with transaction.atomic():
        _take_place(code, now=now)
        _lock_cards(code.host)
        new_join = _store(code, driver.user, resident, uid=uid, now=now)
        is_known = bool(uid) and Token.objects.filter(host=code.host, canonical_uid=uid).exists()
        if not code.needs_approval and not is_known:
            _admit(new_join, now=now)
            _record_answer(new_join, State.JOINED, now=now)
    return new_join


def ask_for_role(code: JoinCode, *, name: str, email: str, note: str, now: datetime) -> Join:
    """Requests an invitation to the portal; a repeat changes nothing. Raises JoinError."""
    email = email.strip().lower()
    with transaction.atomic():
        _take_place(code, now=now)
        earlier = code.joins.filter(email=email, state__in=codes.COUNTED).first()
        if earlier is not None:
            return earlier
        return Join.objects.create(
            code=code, name=card_numbers.mask(name), email=email, note=card_numbers.mask(note), asked_at=now
        )


def approve(join_id: int, *, answer: str, now: datetime) -> Join:
    """Puts the card, or the account, into the code's groups. Raises AnsweredError and TakenError.

    With this answer the host vouches for the person, so a typed card goes on their account. Call it in a transaction.
    """
    join_request = _lock_open_request(join_id)
    if not join_request.code.role:
        _lock_cards(join_request.code.host)
        if why := describe_card_conflict(join_request):
            raise TakenError(why)
        token = _admit(join_request, now=now)
        driver = Driver.objects.filter(user=join_request.user).first() if join_request.user else None
        if join_request.uid and driver is not None and not token.blocked:
            driver_tokens.assign(driver, token, now=now)
    return _record_answer(join_request, State.JOINED, now=now, answer=answer)


def decline(join_id: int, *, answer: str, now: datetime) -> Join:
    """Declines the request. Raises AnsweredError. Call it in a transaction."""
    return _record_answer(_lock_open_request(join_id), State.DECLINED, now=now, answer=answer)


def remove(join_request: Join, *, now: datetime) -> bool:
    """Takes the card out of the code's groups; a running session continues. False if the person had not joined.

    The card stays in groups that another code gave it, and on the account while such a code does; see `approve`.
    """
    if not Join.objects.filter(pk=join_request.pk, state=State.JOINED).update(state=State.REMOVED, answered_at=now):
        return False
    if join_request.token is not None:
        _lock_cards(join_request.code.host)
        other_joins = _joined_with(join_request).exclude(pk=join_request.pk)
        kept_groups = set(other_joins.values_list("code__groups", flat=True))
        with revocation.clear_revoked_caches([join_request.token], host=join_request.code.host, now=now):
            join_request.token.groups.remove(
                *(group for group in join_request.code.groups.all() if group.pk not in kept_groups)
            )
        list_state.mark_host_due(join_request.code.host)
        if join_request.uid and join_request.user and not other_joins.filter(user=join_request.user).exists():
            driver_tokens.taken_back(join_request.user, join_request.token)
    return True


def find_conflicting(join_request: Join) -> Join | None:
    """Returns another person's join with the same card at the same host, or None."""
    if not join_request.uid:
        return None
    other_joins = _joined_with(join_request).exclude(email=join_request.email)
    return other_joins.select_related("code").order_by("answered_at", "pk").first()


def describe_card_conflict(join_request: Join) -> str:
    """Returns why the card cannot join before something else is done, as a sentence; empty if it can."""
    if (other := find_conflicting(join_request)) is not None:
        when = f"{other.answered_at:%Y-%m-%d}"
        return (
            f"Nothing was changed: {other} joined by “{other.code.name}” on {when} with the card {join_request.uid}. "
            f"One card, one resident: take {other} out first, or decline {join_request}."
        )
    owned = DriverToken.objects.filter(token__host=join_request.code.host, token__canonical_uid=join_request.uid)
    if join_request.uid and owned.exclude(driver__user=join_request.user).exists():
        return (
            f"Nothing was changed: the card {join_request.uid} is on another driver's account. "
            f"Decline {join_request}, and ask for the number of their own card."
        )
    return ""


def lapsed_ids(joined: Iterable[Join]) -> set[int]:
    """Returns the joins of one code whose card is no longer in any of its groups. One query."""
    active_joins = [join for join in joined if join.state == State.JOINED]
    inside = Token.objects.filter(
        joins__in=[join.pk for join in active_joins], groups__join_codes__joins__in=active_joins
    )
    tokens = set(inside.values_list("pk", flat=True))
    return {join.pk for join in active_joins if join.token_id not in tokens}


def erase(user: User) -> None:
    """Erases the person; the host's card stays, without their name. Call it in a transaction."""
    own_joins = Join.objects.filter(user=user)
    Token.objects.filter(joins__in=own_joins, owner__iexact=user.email).update(owner="")
    Token.objects.filter(joins__in=own_joins, type=APP_TYPE, canonical_uid__startswith=APP_PREFIX).update(
        owner="", valid=False
    )
    own_joins.filter(state=State.OPEN).delete()
    own_joins.update(user=None, name="", email="", note="")


def _take_place(code: JoinCode, *, now: datetime) -> None:
    """Locks the code, so that its last place is taken once. Raises JoinError."""
    JoinCode.objects.select_for_update(of=("self",)).get(pk=code.pk)
    code.refresh_from_db(fields=["stopped_at", "ends_at", "most"])
    if why := codes.obstacle(code, now=now):
        raise JoinError(why)


def _lock_cards(host: Host) -> None:
    """Locks the host's joins, so that a card joins for one person only. Call it in a transaction."""
    Host.objects.select_for_update(no_key=True).get(pk=host.pk)


def _joined_with(join_request: Join) -> QuerySet[Join]:
    """Returns the joins with this card at this host, except those of deleted accounts."""
    card = Q(uid=join_request.uid) if join_request.uid else Q(token=join_request.token)
    return Join.objects.filter(card, code__host=join_request.code.host, state=State.JOINED).exclude(email="")


def _store(code: JoinCode, user: User, resident: Resident, *, uid: str, now: datetime) -> Join:
    try:
        with transaction.atomic():
            return Join.objects.create(
                code=code,
                user=user,
                name=card_numbers.mask(resident.name),
                email=user.email,
                note=card_numbers.mask(resident.note),
                uid=uid,
                asked_at=now,
            )
    except IntegrityError as exc:
        raise JoinError(_TWICE) from exc


def _admit(join_request: Join, *, now: datetime) -> Token:
    """Puts the card into each group of the code, and makes it if the host does not know it.

    A blocked card stays blocked.
    """
    code = join_request.code
    uid = join_request.uid or f"{APP_PREFIX}{secrets.token_hex(7).upper()}"
    kind = {} if join_request.uid else {"type": APP_TYPE, "visual_number": "Phone"}
    token, _ = Token.objects.get_or_create(
        host=code.host, canonical_uid=uid, defaults={"uid": uid, "owner": _owner(join_request), **kind}
    )
    if token.owner in {_owner(join) for join in token.joins.filter(state=State.REMOVED)}:
        token.owner = _owner(join_request)
        token.save(update_fields=["owner"])
    for group in code.groups.all():
        group.tokens.add(token)
    list_state.mark_host_due(code.host)
    if not join_request.uid and join_request.user is not None:
        driver = Driver.objects.get(user=join_request.user)
        DriverToken.objects.create(driver=driver, token=token, proof=DriverToken.Proof.JOINED, claimed_at=now)
    Join.objects.filter(pk=join_request.pk).update(token=token)
    join_request.token = token
    return token


def _owner(join_request: Join) -> str:
    return ", ".join(part for part in (join_request.name or join_request.email, join_request.note) if part)[:200]


def _lock_open_request(join_id: int) -> Join:
    rows = Join.objects.select_related("code__host", "user").select_for_update(of=("self",))
    join_request = rows.get(pk=join_id)
    if join_request.state != State.OPEN:
        raise AnsweredError(
            f"Nothing was changed: {join_request} was answered before ({join_request.get_state_display().lower()})."
        )
    return join_request


def _record_answer(join_request: Join, state: State, *, now: datetime, answer: str = "") -> Join:
    join_request.state, join_request.answered_at, join_request.answer = state, now, card_numbers.mask(answer)
    join_request.save(update_fields=["state", "answered_at", "answer"])
    return join_request
