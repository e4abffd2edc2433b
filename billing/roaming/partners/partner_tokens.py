"""Tokens that partners use with us: issued, recognised, and dropped once a newer one is in use."""

import secrets as random
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from authorization.roaming.transport import authorization_header
from authorization.roaming.transport.authorization_header import TokenForm
from billing.models import PartnerCredential, RoamingConnection
from chargers.lib import secrets

Kind = PartnerCredential.Kind
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller: its connection, the token that it used, and how the Authorization header showed it."""

    connection: RoamingConnection
    credential: PartnerCredential
    form: TokenForm

    @property
    def is_registering(self) -> bool:
        """Whether it uses a token A, which is valid for versions and credentials only."""
        return self.credential.kind == Kind.REGISTRATION


def issue(connection: RoamingConnection, kind: PartnerCredential.Kind, *, now: datetime) -> str:
    """Returns a token for the partner, in clear.

    An unused one of the same kind is returned again, so that a partner that asks twice, because an answer was lost, has
    only one.
    """
    if kind == Kind.REGISTRATION and connection.is_registered:
        connection.credentials.filter(kind=kind).delete()  # tokens left from the last registration are not valid
    pending = connection.credentials.filter(kind=kind, used_at=None).order_by("-id").first()
    if pending is not None:
        return secrets.decrypt(pending.token_encrypted)
    token = random.token_urlsafe(_BYTES)
    PartnerCredential.objects.create(
        connection=connection,
        kind=kind,
        token_hash=secrets.digest(token),
        token_encrypted=secrets.encrypt(token),
        created_at=now,
    )
    return token


def recognise(header: str) -> Caller | None:
    """Returns the caller by the Authorization header's token, plain or in base64; None if unknown. One query."""
    tokens = authorization_header.candidates(header)
    hashes = {secrets.digest(token): position for position, token in enumerate(tokens)}
    rows = PartnerCredential.objects.filter(token_hash__in=hashes).select_related("connection__msp")
    credential = min(rows, key=lambda row: hashes[row.token_hash], default=None)
    if credential is None:
        return None
    form = authorization_header.name_form(header, tokens[hashes[credential.token_hash]])
    return Caller(credential.connection, credential, form)


def note_use(caller: Caller, *, now: datetime) -> None:
    """Drops older tokens, including token A, when a credentials token is first used."""
    if caller.credential.used_at is not None or caller.is_registering:
        return
    with transaction.atomic():
        if PartnerCredential.objects.filter(pk=caller.credential.pk, used_at=None).update(used_at=now):
            caller.connection.credentials.filter(pk__lt=caller.credential.pk).delete()


def current(connection: RoamingConnection) -> str:
    """Returns the credentials token that was issued last, in clear; may be empty. Raises UnreadableSecretError."""
    newest = connection.credentials.filter(kind=Kind.CREDENTIALS).order_by("-id").first()
    return secrets.decrypt(newest.token_encrypted) if newest else ""
