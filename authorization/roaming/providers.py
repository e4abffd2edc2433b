"""Mobility providers at a host's chargers: a block's effect, blocking and unblocking."""

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
    """The use of a provider's cards at some chargers, and where they are accepted."""

    cards: int
    running: list[Transaction]
    accepted: int
    refused: int
    open_at: list[Property]


def find(key: str) -> MobilityProvider | None:
    """Returns the provider with this key, such as NL-EMS."""
    country_code, _, party_id = key.partition("-")
    return MobilityProvider.objects.filter(country_code=country_code, party_id=party_id).first()


def traffic(
    msp: MobilityProvider, *, chargers: QuerySet[Charger], decisions: QuerySet[Decision], now: datetime
) -> Traffic:
    """Returns the traffic at these chargers in the last 30 days of these decisions. Five queries."""
    msp_decisions = decisions.filter(token__msp=msp, id__gte=ids.floor(now - LOOKS_BACK))
    counts = msp_decisions.aggregate(
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
    """Refuses the provider's cards at the host's chargers. If it is blocked already, only the reason changes."""
    ProviderBlock.objects.update_or_create(
        host=host, msp=msp, defaults={"reason": reason}, create_defaults={"reason": reason, "since": now}
    )


def unblock(msp: MobilityProvider, *, host: Host) -> None:
    ProviderBlock.objects.filter(host=host, msp=msp).delete()


def block_everywhere(msp: MobilityProvider, *, blocked: bool, reason: str) -> None:
    """Sets or clears the block for all hosts, which only agents may do."""
    MobilityProvider.objects.filter(pk=msp.pk).update(blocked=blocked, blocked_reason=reason if blocked else "")


def _running(msp: MobilityProvider, chargers: QuerySet[Charger]) -> list[Transaction]:
    """Returns open transactions with the provider's cards; few are open at one time."""
    running = Transaction.objects.filter(charger__in=chargers, stopped_at=None).select_related("charger__property")
    by_uid = [
        (uids.from_wire(transaction.id_token) or "", transaction) for transaction in running.order_by("started_at")
    ]
    msp_uids = set(
        Token.objects.filter(msp=msp, canonical_uid__in={uid for uid, _ in by_uid}).values_list(
            "canonical_uid", flat=True
        )
    )
    return [transaction for uid, transaction in by_uid if uid in msp_uids]
