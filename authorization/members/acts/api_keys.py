"""API keys: created and revoked by a host's owners, and revoked when their creator's membership ends."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.accounts import notices
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import Host


def make(
    host: Host, *, name: str, scopes: Sequence[str], ends_at: datetime, by: User, now: datetime
) -> tuple[ApiKey, str]:
    """Creates a key and returns it with its text, of which only a hash is stored.

    It can always read. Raises NotAllowedError.
    """
    access.require(by, Right.PEOPLE, host)
    key_scopes = [scope for scope in ApiKey.Scope.values if scope == ApiKey.Scope.READ or scope in scopes]
    with transaction.atomic():
        new_key, text = ApiKey.objects.create_key(
            name=name, host=host, is_agent=False, made_by=by, scopes=key_scopes, expiry_date=ends_at
        )
        key = ApiKey.objects.get(pk=new_key.pk)
        after = {"scopes": key_scopes, "until": ends_at.isoformat()}
        audit.write("api_key.made", _subject(key, host), user=by, now=now, after=after)
        notices.key_made(host, f"made the API key “{name}” ({key.prefix}) of {host.name}", by=by, now=now)
    return key, text


def revoke(key: ApiKey, *, by: User, now: datetime) -> bool:
    """Revokes the key.

    Returns False if it was revoked before. Raises NotAllowedError; a host cannot revoke agents' keys.
    """
    host = key.host
    if host is None:
        raise access.NotAllowedError
    access.require(by, Right.PEOPLE, host)
    return _revoke(key, host, by=by, now=now)


def revoke_of_member(member: User, host: Host, *, by: User, now: datetime) -> list[ApiKey]:
    """Revokes this host's keys that the member created, and returns those that still worked.

    Call it in the transaction of the act that ends the membership.
    """
    member_keys = ApiKey.objects.filter(host=host, made_by=member, revoked=False).order_by("name", "created")
    return [key for key in member_keys if _revoke(key, host, by=by, now=now, reason="Its maker left the team.")]


def _revoke(key: ApiKey, host: Host, *, by: User, now: datetime, reason: str = "") -> bool:
    with transaction.atomic():
        is_revoked = bool(ApiKey.objects.filter(pk=key.pk, revoked=False).update(revoked=True))
        if is_revoked:
            audit.write("api_key.revoked", _subject(key, host), user=by, now=now, reason=reason)
    return is_revoked


def _subject(key: ApiKey, host: Host) -> audit.Subject:
    return audit.Subject("api_key", key.prefix, key.name, host)
