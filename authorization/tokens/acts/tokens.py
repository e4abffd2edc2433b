"""Acts on a host's card: whitelist, flag, edit, remove from a group."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, Token, TokenGroup, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.tokens import revocation, tokens
from chargers.local_lists import list_state
from chargers.models import Host


class ChangedMeanwhileError(Exception):
    """The card was saved after the caller read it."""


def whitelist(
    uid: str, *, group: TokenGroup, visual_number: str, owner: str, by: User | ApiKey, now: datetime
) -> Token:
    """Puts a card into a local group, adding the card if it is new. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, group.host)
    with transaction.atomic():
        token = tokens.whitelist(group=group, uid=uid, visual_number=visual_number, owner=owner)
        subject = audit.Subject("token", token.pk, token.uid, group.host)
        after = {"uid": token.uid, "group": group.slug}
        audit.write("token.whitelisted", subject, user=by, now=now, after=after)
    return token


def flag(
    token: Token, *, valid: bool | None, blocked: bool | None, reason: str, by: User | ApiKey, now: datetime
) -> None:
    """Sets either flag of a card; None leaves it unchanged. Raises NotAllowedError, also for a provider's card."""
    host = _get_managed_host(token, by=by)
    is_revoked = blocked is True or valid is False
    with transaction.atomic():
        locked = Token.objects.select_for_update().get(pk=token.pk)
        before = tokens.flags(locked)
        with revocation.clear_revoked_caches([locked] if is_revoked else [], host=host, now=now):
            tokens.flag(locked, valid=valid, blocked=blocked, reason=reason)
        after = tokens.flags(locked)
        audit.write("token.changed", _subject(token), user=by, now=now, before=before, after=after, reason=reason)


def edit(
    token: Token,
    *,
    fields: Sequence[str],
    before: dict[str, str],
    by: User | ApiKey,
    now: datetime,
    as_seen: str = "",
) -> None:
    """Stores the host's notes on its card. `before` is `noted` of the stored ones.

    Raises NotAllowedError, and ChangedMeanwhileError if the stored `updated_at` is not `as_seen` (ISO 8601).
    """
    host = _get_managed_host(token, by=by)
    with transaction.atomic():
        last_updated = Token.objects.select_for_update().values_list("updated_at", flat=True).get(pk=token.pk)
        if as_seen and last_updated.isoformat() != as_seen:
            raise ChangedMeanwhileError
        token.save(update_fields=[*fields, "updated_at"])
        list_state.mark_host_due(host)
        audit.write("token.edited", _subject(token), user=by, now=now, before=before, after=audit_values(token))


def leave(token: Token, group: TokenGroup, *, by: User | ApiKey, now: datetime) -> None:
    """Removes a card from a local group; it stays in the others. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, group.host)
    with transaction.atomic(), revocation.clear_revoked_caches([token], host=group.host, now=now):
        token.groups.remove(group)
        audit.write("token.left_group", _subject(token), user=by, now=now, before={"group": group.slug})


def audit_values(token: Token) -> dict[str, str]:
    """Returns the host's notes on its card, for the audit trail."""
    return {
        "visual_number": token.visual_number,
        "owner": token.owner,
        "expires_at": token.expires_at.isoformat() if token.expires_at else "",
        "may_charge_concurrently": "yes" if token.may_charge_concurrently else "no",
    }


def _get_managed_host(token: Token, *, by: User | ApiKey) -> Host:
    """Returns the card's host.

    Raises NotAllowedError, also for a provider's card, which only the provider may change.
    """
    if token.host is None:
        raise access.NotAllowedError
    access.require(by, Right.MANAGE, token.host)
    return token.host


def _subject(token: Token) -> audit.Subject:
    return audit.Subject("token", token.pk, token.uid, token.host)
