"""Keys of the REST API: made and revoked by the owners of a host."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import Host


def make(host: Host, *, name: str, by: User, now: datetime) -> tuple[ApiKey, str]:
    """The key and its text, of which only a hash is stored. Raises NotAllowedError."""
    access.require(by, Right.PEOPLE, host)
    with transaction.atomic():
        made, text = ApiKey.objects.create_key(name=name, host=host, is_agent=False, made_by=by)
        key = ApiKey.objects.get(pk=made.pk)
        audit.write("api_key.made", _subject(key, host), user=by, now=now)
    return key, text


def revoke(key: ApiKey, *, by: User, now: datetime) -> bool:
    """False if it was revoked before. Raises NotAllowedError; keys of agents are not a host's to revoke."""
    host = key.host
    if host is None:
        raise access.NotAllowedError
    access.require(by, Right.PEOPLE, host)
    with transaction.atomic():
        is_revoked = bool(ApiKey.objects.filter(pk=key.pk, revoked=False).update(revoked=True))
        if is_revoked:
            audit.write("api_key.revoked", _subject(key, host), user=by, now=now)
    return is_revoked


def _subject(key: ApiKey, host: Host) -> audit.Subject:
    return audit.Subject("api_key", key.prefix, key.name, host)
