"""Mobility providers at a host's chargers: what a block would hit, blocking, and lifting the block."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet

from authorization.identifiers import uids
from authorization.models import Decision, MobilityProvider, ProviderBlock, Token
from chargers.lib import ids
from chargers.models import Charger, Host, Property, Transaction

LOOKS_BACK: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What cards of a provider did at some chargers, and where they may come in."""

    cards: int
    running: list[Transaction]
    accepted: int
    refused: int
    open_at: list[Property]


def find(key: str) -> MobilityProvider | None:
    """By its key, such as NL-EMS."""
    country_code, _, party_id = key.partition("-")
    return MobilityProvider.objects.filter(country_code=country_code, party_id=party_id).first()


def traffic(
    msp: MobilityProvider, *, chargers: QuerySet[Charger], decisions: QuerySet[Decision], now: datetime
) -> Traffic:
    """At these chargers, in the last 30 days of these decisions. Five queries."""
    asked = decisions.filter(token__msp=msp, id__gte=ids.floor(now - LOOKS_BACK))
    counts = asked.aggregate(
        accepted=Count("id", filter=Q(verdict=Decision.Verdict.ACCEPTED)),
        refused=Count("id", filter=Q(verdict=Decision.Verdict.REFUSED)),
    )
    roaming = Property.objects.filter(access=Property.Access.PUBLIC_ROAMING, chargers__in=chargers)
    return Traffic(
        cards=Token.objects.filter(msp=msp).count(),
        running=_running(msp, chargers),
        accepted=counts["accepted"],
        refused=counts["refused"],
        open_at=list(roaming.distinct().order_by("name")),
    )


def block(msp: MobilityProvider, *, host: Host, reason: str, now: datetime) -> None:
    """From now on the host's chargers take none of its cards. A second time it only changes the reason."""
    ProviderBlock.objects.update_or_create(
        host=host, msp=msp, defaults={"reason": reason}, create_defaults={"reason": reason, "since": now}
    )


def unblock(msp: MobilityProvider, *, host: Host) -> None:
    ProviderBlock.objects.filter(host=host, msp=msp).delete()


def block_everywhere(msp: MobilityProvider, *, blocked: bool, reason: str) -> None:
    """The flag for all hosts, which is the agents' to set."""
    MobilityProvider.objects.filter(pk=msp.pk).update(blocked=blocked, blocked_reason=reason if blocked else "")


def _running(msp: MobilityProvider, chargers: QuerySet[Charger]) -> list[Transaction]:
    """Open transactions whose card is the provider's; few are open at one time."""
    running = Transaction.objects.filter(charger__in=chargers, stopped_at=None).select_related("charger__property")
    by_uid = [
        (uids.from_wire(transaction.id_token) or "", transaction) for transaction in running.order_by("started_at")
    ]
    theirs = set(
        Token.objects.filter(msp=msp, canonical_uid__in={uid for uid, _ in by_uid}).values_list(
            "canonical_uid", flat=True
        )
    )
    return [transaction for uid, transaction in by_uid if uid in theirs]
