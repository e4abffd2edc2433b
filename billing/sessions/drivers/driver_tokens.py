"""Charging cards on drivers' accounts. The proof: the host has the card under the driver's address, or gave a code with
it.

The number on a card proves nothing, because anyone can read it. A card that is on an account stays there.
"""

import secrets
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from authorization.identifiers import uids
from authorization.models import Token, User
from billing.models import ClaimCode, Driver, DriverToken, PaymentCard
from chargers.lib.i18n import mark
from chargers.lib.secrets import digest

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_NOT_SHOWN: Final = mark(
    "This card could not be added: no host knows it by your address. Ask the host for the code of your card."
)
_NOT_CONFIRMED: Final = mark(
    "Your e-mail address is not confirmed yet: ask for a link on the page of your address, open it, and try again."
)
_NO_CODE: Final = mark("No card has this code, or it was used already: compare it with the paper.")


class ClaimError(Exception):
    """The card cannot be claimed; the message is a sentence for the driver, the same for every cause."""


def by_number(driver: Driver, entered_number: str, *, now: datetime) -> DriverToken:
    """Claims a card that its host has stored under exactly the driver's confirmed address.

    Raises ClaimError, uids.UidError.
    """
    canonical = uids.canonical(entered_number)
    address = driver.user.email if driver.user else ""
    if driver.user and driver.user.email_confirmed_at is None:
        raise ClaimError(_NOT_CONFIRMED)
    tokens = Token.objects.filter(canonical_uid=canonical, host__isnull=False, owner__iexact=address)
    token = tokens.filter(driver_token=None).first() if address else None
    if token is None:
        raise ClaimError(_NOT_SHOWN)
    return _claim(driver, token, proof=DriverToken.Proof.ADDRESS, now=now)


def by_code(driver: Driver, entered_code: str, *, now: datetime) -> DriverToken:
    """Claims the card of this code, and uses the code up. Raises ClaimError."""
    with transaction.atomic():
        codes = ClaimCode.objects.select_for_update(of=("self",)).select_related("token")
        code = codes.filter(code_hash=_hash(entered_code)).first()
        if code is None:
            raise ClaimError(_NO_CODE)
        token = code.token
        code.delete()
        return _claim(driver, token, proof=DriverToken.Proof.CODE, now=now)


def make_code(token: Token, *, by: str, now: datetime) -> str:
    """Returns a new code to hand over with the card; an earlier one expires.

    Raises ClaimError if the card is on an account.
    """
    if DriverToken.objects.filter(token=token).exists():
        raise ClaimError("This card belongs to a driver's account already.")
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    ClaimCode.objects.update_or_create(
        token=token, defaults={"code_hash": _hash(code), "made_at": now, "made_by": by[:150]}
    )
    return code


def assign(driver: Driver, token: Token, *, now: datetime) -> bool:
    """Puts a card on the account on the host's word. False if it is on an account already, where it stays."""
    new_fields = {"driver": driver, "proof": DriverToken.Proof.JOINED, "claimed_at": now}
    return DriverToken.objects.get_or_create(token=token, defaults=new_fields)[1]


def taken_back(user: User, token: Token) -> None:
    """Takes a card that was `given` off the account again. A card with another proof stays."""
    DriverToken.objects.filter(token=token, driver__user=user, proof=DriverToken.Proof.JOINED).delete()


def pay_with(owned: DriverToken, card: PaymentCard | None, *, now: datetime) -> bool:
    """Sets the payment card for sessions that begin from now; None: no card.

    The card is charged when a session is over. False if nothing changes, or if the card is not the driver's or cannot
    be charged.
    """
    if card is not None and (card.driver_id != owned.driver_id or card.state != PaymentCard.State.READY):
        return False
    agreed = {"pays_with": card, "agreed_at": now if card else None}
    other = Q(pays_with__isnull=False) if card is None else ~Q(pays_with=card) | Q(pays_with=None)
    return bool(DriverToken.objects.filter(other, pk=owned.pk).update(**agreed))


def give_up(owned: DriverToken) -> None:
    """Takes the card off the account at the driver's wish; the host's card stays as it is."""
    owned.delete()


def _claim(driver: Driver, token: Token, *, proof: DriverToken.Proof, now: datetime) -> DriverToken:
    try:
        with transaction.atomic():
            return DriverToken.objects.create(driver=driver, token=token, proof=proof, claimed_at=now)
    except IntegrityError as exc:
        raise ClaimError(_NOT_SHOWN) from exc


def _hash(code: str) -> str:
    plain = "".join(character for character in code.upper() if character.isalnum())
    return digest(plain)
