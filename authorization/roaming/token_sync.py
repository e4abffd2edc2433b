"""Full fetch of a mobility provider's tokens: requested by a user, run by a worker, reported in one sentence.

A connected provider pushes its changes; the fetch repairs what was lost on the way.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from authorization.models import MobilityProvider, ProviderSync, Token
from authorization.roaming import realtime, token_pages
from authorization.roaming.realtime import Endpoint, Observe
from authorization.roaming.token_pages import Card
from authorization.roaming.transport.routing import Party
from chargers.lib import secrets
from chargers.lib.outbound import NoAnswerError
from chargers.lib.secrets import UnreadableSecretError

MIN_PAUSE: Final = timedelta(minutes=5)
"""The shortest time from the end of a fetch to the next one."""
_LOST_AFTER: Final = timedelta(minutes=30)
_OVERLAP: Final = timedelta(minutes=10)
"""Allows for clocks that differ."""
_UNREADABLE: Final = "Its credentials token cannot be read: enter it again."


def request(msp: MobilityProvider, *, now: datetime) -> bool:
    """Requests a fetch by a worker. Returns False if one is running, or ran a moment ago."""
    try:
        with transaction.atomic():
            ProviderSync.objects.create(msp=msp, asked_at=now)
    except IntegrityError:
        idle = Q(done_at__lt=now - MIN_PAUSE) | Q(done_at=None, asked_at__lt=now - _LOST_AFTER)
        renewable = ProviderSync.objects.filter(idle, msp=msp)
        return bool(renewable.update(asked_at=now, begun_at=None, done_at=None))
    return True


def due(*, now: datetime) -> list[int]:
    """Returns the keys of providers whose cards a worker must fetch."""
    waiting = ProviderSync.objects.filter(done_at=None)
    return list(waiting.filter(_unclaimed_filter(now)).order_by("asked_at").values_list("msp_id", flat=True))


def run(msp_pk: int, *, now: datetime, observe: Observe = realtime.ignore) -> ProviderSync | None:
    """Fetches and stores the provider's cards. Returns None if another worker does. Outside any transaction."""
    claimed = ProviderSync.objects.filter(_unclaimed_filter(now), msp=msp_pk, done_at=None)
    if not claimed.update(begun_at=now, received=0, changed=0, wrong=0, wrong_one="", failure=""):
        return None
    sync = ProviderSync.objects.select_related("msp").get(msp=msp_pk)
    try:
        _fetch(sync, now=now, observe=observe)
    except NoAnswerError as exc:
        sync.failure = f"{sync.msp.name} {exc}."[:300]
    except UnreadableSecretError:
        sync.failure = _UNREADABLE
    else:
        sync.complete_until = now
    sync.save()
    return sync


def mark_done(sync: ProviderSync, *, now: datetime) -> None:
    sync.done_at = now
    sync.save(update_fields=["done_at"])


def _unclaimed_filter(now: datetime) -> Q:
    return Q(begun_at=None) | Q(begun_at__lt=now - _LOST_AFTER)


def _fetch(sync: ProviderSync, *, now: datetime, observe: Observe) -> None:
    """Fetches page by page.

    Each is stored before the next is requested, so that a failure does not lose earlier pages.
    """
    msp = sync.msp
    endpoint = Endpoint(
        url=msp.authorize_url,
        token=secrets.decrypt(msp.authorize_token_encrypted),
        to=Party(country_code=msp.country_code, party_id=msp.party_id),
        is_encoded=not msp.authorize_token_plain,
    )
    since = sync.complete_until - _OVERLAP if sync.complete_until else None
    for page in token_pages.pages(endpoint, since=since, observe=observe):
        sync.received += len(page.cards) + len(page.wrong)
        sync.changed += _store(msp, page.cards, now=now)
        sync.wrong += len(page.wrong)
        sync.wrong_one = sync.wrong_one or (page.wrong[0][:300] if page.wrong else "")


_FIELDS: Final = ("uid", "type", "visual_number", "contract_id", "parent", "valid", "whitelist")


def _store(msp: MobilityProvider, cards: list[Card], *, now: datetime) -> int:
    """Stores new and changed cards and returns their number. If a card comes twice, the last counts."""
    columns = {card.canonical_uid: _columns(card) for card in cards}
    tokens = Token.objects.filter(msp=msp, canonical_uid__in=columns).values_list("canonical_uid", *_FIELDS)
    stored_values = {uid: tuple(values) for uid, *values in tokens}
    changed = {uid: values for uid, values in columns.items() if stored_values.get(uid) != values}
    Token.objects.bulk_create(
        [
            Token(msp=msp, canonical_uid=uid, **dict(zip(_FIELDS, values, strict=True)))
            for uid, values in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["msp", "canonical_uid"],
        update_fields=[*_FIELDS, "updated_at"],
    )
    same = [uid for uid in columns if uid not in changed]
    Token.objects.filter(msp=msp, canonical_uid__in=same).update(updated_at=now)  # the card was listed again
    return len(changed)


def _columns(card: Card) -> tuple[str, str, str, str, str, bool, str]:
    return card.uid, card.type, card.visual_number, card.contract_id, card.group_id, card.valid, card.whitelist
