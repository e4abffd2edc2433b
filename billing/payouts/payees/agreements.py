"""Payout agreements with hosts, and the properties that are paid separately.

A host without an agreement is paid by the standard terms from its first entry in the books. They are stored as a
version only when a payout needs them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from authorization.people.second_person import First
from billing.engine.values.money import EXPONENTS
from billing.models import BankAccount, LedgerAccount, LedgerEntry, Payout, PayoutAgreement
from billing.payouts.payees import changes
from chargers.models import Host, Property
from chargers.properties import time_zones

State = PayoutAgreement.State
_FURTHEST: Final = timedelta(days=731)


class TermsError(Exception):
    """The terms are invalid; `term` names the field, the message explains what would be valid."""

    def __init__(self, term: str, sentence: str) -> None:
        super().__init__(sentence)
        self.term = term


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The unit of payment: a property with an agreement or a bank account of its own, or the rest of its host."""

    host: Host
    currency: str
    property_: Property | None = None

    @classmethod
    def from_row(cls, row: BankAccount | Payout | PayoutAgreement) -> Self:
        """Returns the scope of a row."""
        return cls(host=row.host, currency=row.currency, property_=row.property)

    def fields(self) -> dict[str, Any]:
        """Returns the scope's fields as used by agreements, bank accounts and payouts."""
        return {"host": self.host, "currency": self.currency, "property": self.property_}

    def key(self) -> str:
        """Returns a short unique key for locks and ids: `12/-/USD`, `12/7/EUR`."""
        return f"{self.host.pk}/{self.property_.pk if self.property_ else '-'}/{self.currency}"

    def text(self) -> str:
        return f"{self.property_ or self.host} ({self.currency})"


def in_force(scope: Scope, *, at: datetime) -> PayoutAgreement | None:
    """Returns the newest version that has begun: the property's own, else the host's."""
    return _newest(scope, _filter_host_versions(scope).filter(valid_from__lte=at))


def terms_at(scope: Scope, *, at: datetime) -> PayoutAgreement | None:
    """Returns the version in force, else the unsaved standard terms; None if nothing was ever sold."""
    agreed_terms = in_force(scope, at=at)
    return agreed_terms if agreed_terms is not None else _standard(scope)


def ensure_saved(agreement: PayoutAgreement, *, now: datetime) -> PayoutAgreement:
    """Returns the agreement, saving it first if it is the standard terms. Call it in a transaction."""
    if agreement.pk is not None:
        return agreement
    Host.objects.select_for_update().get(pk=agreement.host_id)  # numbers are consecutive
    scope = Scope.from_row(agreement)
    version = _versions(scope).filter(state=State.AGREED, valid_from=agreement.valid_from).first()
    if version is not None:
        return version
    agreement.number, agreement.made_at = _next_number(scope), now
    agreement.save(force_insert=True)
    return agreement


def _standard(scope: Scope) -> PayoutAgreement | None:
    """Returns unsaved standard terms for a host without an agreement; None if there is nothing to pay out."""
    entries = LedgerEntry.objects.filter(host=scope.host, postings__account__currency=scope.currency)
    first = entries.order_by("id").first()
    if first is None:
        return None
    host = Scope(host=scope.host, currency=scope.currency)
    return PayoutAgreement(
        **host.fields(), **STANDARD, valid_from=first.posted_at, made_by=BY_STANDARD, made_at=first.posted_at, number=0
    )


def scopes(host: Host, *, at: datetime | None = None) -> list[Scope]:
    """Returns all separately paid scopes of a host, properties first, in the currencies in which something is owed.

    With `at`, properties whose own agreement begins later are left out.
    """
    owed = LedgerAccount.objects.filter(host=host, code=LedgerAccount.Code.HOST_PAYABLE)
    currencies = sorted(set(owed.values_list("currency", flat=True)))
    places = {property_.pk: property_ for property_ in Property.objects.filter(host=host)}
    scopes = []
    for currency in currencies:
        own = sorted(own_places(host, currency=currency, at=at))
        scopes += [Scope(host=host, currency=currency, property_=places[pk]) for pk in own]
        scopes.append(Scope(host=host, currency=currency))
    return scopes


def own_places(host: Host, *, currency: str, at: datetime | None = None) -> set[int]:
    """Returns the primary keys of separately paid properties; with `at`, only by agreements that had begun then."""
    accounts = BankAccount.objects.filter(host=host, currency=currency, property__isnull=False)
    paid = accounts.exclude(state=BankAccount.State.WITHDRAWN).values_list("property", flat=True)
    agreed = PayoutAgreement.objects.filter(host=host, currency=currency, property__isnull=False, state=State.AGREED)
    if at is not None:
        agreed = agreed.filter(valid_from__lte=at)
    return {pk for pk in (*paid, *agreed.values_list("property", flat=True)) if pk is not None}


def other_places(scope: Scope, *, at: datetime) -> set[int]:
    """Returns the primary keys of separately paid properties at a time, without this scope's own."""
    places = own_places(scope.host, currency=scope.currency, at=at)
    return places - {scope.property_.pk} if scope.property_ else places


def agree(scope: Scope, *, valid_from: datetime, by: str, now: datetime, **terms: Any) -> PayoutAgreement:
    """Enters the next version; omitted terms stay as they are. A version with the same beginning is replaced.

    Raises TermsError.
    """
    with transaction.atomic():
        Host.objects.select_for_update().get(pk=scope.host.pk)  # numbers are consecutive
        newest = _versions(scope).exclude(state=State.REPLACED).order_by("-valid_from", "-number").first()
        if newest is not None and valid_from < newest.valid_from:
            raise TermsError(
                "valid_from",
                f"It has to begin after version {newest.number}, which begins {newest.valid_from:%-d %B %Y}.",
            )
        current = {name: getattr(newest, name) for name in TERMS} if newest else {}
        new_version = PayoutAgreement(
            **scope.fields(),
            **(current | terms),
            valid_from=valid_from,
            made_by=by[:150],
            made_at=now,
            number=_next_number(scope),
        )
        _check(new_version)
        _replace_for(new_version)
        new_version.save()
        return new_version


def _next_number(scope: Scope) -> int:
    return (_versions(scope).aggregate(most=Max("number"))["most"] or 0) + 1


def _replace_for(new_version: PayoutAgreement) -> None:
    """Marks the previous version with the same beginning as replaced; payouts keep referring to it."""
    same = _versions(Scope.from_row(new_version)).filter(state=State.AGREED, valid_from=new_version.valid_from)
    same.exclude(pk=new_version.pk).update(state=State.REPLACED)


def _replaced_by(new_version: PayoutAgreement) -> PayoutAgreement | None:
    """Returns the version with the same beginning that was replaced."""
    same = _versions(Scope.from_row(new_version)).filter(state=State.REPLACED, valid_from=new_version.valid_from)
    return same.filter(number__lt=new_version.number).order_by("-number").first()


def find_replaced_terms(new_version: PayoutAgreement) -> PayoutAgreement:
    """Returns the terms that a version replaces: those in force when it begins, else the unsaved standard terms."""
    scope = Scope.from_row(new_version)
    if new_version.state != State.WAITING and (same := _replaced_by(new_version)) is not None:
        return same
    earlier_versions = (
        _filter_host_versions(scope).filter(valid_from__lte=new_version.valid_from).exclude(pk=new_version.pk)
    )
    return _newest(scope, earlier_versions) or PayoutAgreement(**scope.fields(), **STANDARD)


def check_announced(new_version: PayoutAgreement, *, now: datetime) -> None:
    """Checks that worse terms begin after the host was told, unless nothing was sold yet. Raises TermsError."""
    scope = Scope.from_row(new_version)
    host_entries = LedgerEntry.objects.filter(host=scope.host, postings__account__currency=scope.currency)
    if (
        new_version.valid_from <= now
        and host_entries.exists()
        and changes.is_worse(find_replaced_terms(new_version), new_version)
    ):
        raise TermsError("valid_from", "These terms are worse for the host: they begin on a day after today.")


def wait(new_version: PayoutAgreement) -> None:
    """Suspends a version until a second person confirms it; the one that it replaces stays in force until then.

    Call it in the transaction that made the version.
    """
    same = _replaced_by(new_version)
    new_version.state = State.WAITING
    new_version.save(update_fields=["state"])
    if same is not None:
        same.state = State.AGREED
        same.save(update_fields=["state"])


def confirm(agreement: PayoutAgreement, *, by: str, now: datetime) -> PayoutAgreement:
    """Confirms a version as the second person. Raises TermsError."""
    with transaction.atomic():
        Host.objects.select_for_update().get(pk=agreement.host_id)
        rows = PayoutAgreement.objects.select_related("host", "property").select_for_update(of=("self",))
        row = rows.filter(pk=agreement.pk, state=State.WAITING).first()
        if row is None:
            raise TermsError("", f"Nothing was changed: version {agreement.number} does not wait for a second person.")
        if row.made_by == by[:150]:
            raise TermsError("", "You entered this version: a second person has to agree to it.")
        scope = Scope.from_row(row)
        _check_closed(scope, row.valid_from)
        _check_period(scope, row.valid_from, cycle=row.cycle)
        check_announced(row, now=now)
        _replace_for(row)
        row.state, row.second_by, row.second_at = State.AGREED, by[:150], now
        row.save(update_fields=["state", "second_by", "second_at"])
        return row


def first_of(agreement: PayoutAgreement) -> First:
    """Returns who entered the version, for the two-person rule."""
    return First(agreement.made_by, agreement.made_person_id, agreement.host_id, agreement.made_at)


BY_STANDARD: Final = "standard terms"
"""The author of versions made from the standard terms."""
STANDARD: Final[Mapping[str, Any]] = {
    "platform_fee_pct": 0,
    "processing": PayoutAgreement.Processing.ACTUAL,
    "cycle": PayoutAgreement.Cycle.MONTHLY,
    "delay_days": 2,
}
TERMS: Final = (
    "platform_fee_pct", "processing", "processing_pct", "processing_fixed_minor", "subscription_minor", "cycle",
    "delay_days", "threshold_minor", "reserve_minor", "tax_remitter", "way", "two_people_above_minor", "self_billing",
)  # fmt: skip


_AMOUNTS: Final = (
    "processing_fixed_minor",
    "subscription_minor",
    "threshold_minor",
    "reserve_minor",
    "two_people_above_minor",
)


def check_start(scope: Scope, valid_from: datetime, *, cycle: str | None = None, now: datetime) -> None:
    """Checks that terms change at the start of an open period, within two years. Raises TermsError.

    `cycle` is the new version's; None if it is unchanged.
    """
    if valid_from > now + _FURTHEST:
        raise TermsError("valid_from", "It has to begin within two years.")
    if (waits := _versions(scope).filter(state=State.WAITING).first()) is not None:
        raise TermsError(
            "valid_from", f"Version {waits.number} waits for a second person, who agrees to it or withdraws it first."
        )
    later = _versions(scope).filter(valid_from__gte=valid_from, valid_from__gt=now).order_by("number").first()
    if later is not None:
        raise TermsError(
            "valid_from",
            f"Version {later.number} begins on {later.valid_from:%-d %B %Y}: withdraw it first, or begin after it.",
        )
    _check_closed(scope, valid_from)
    _check_period(scope, valid_from, cycle=cycle)


def _check_closed(scope: Scope, valid_from: datetime) -> None:
    """Checks that a property's first own period begins after those in which its host was paid for it."""
    closed = Payout.objects.filter(host=scope.host, currency=scope.currency)
    closed = closed.filter(Q(property=scope.property_) | Q(property=None)).order_by("-ends_at")
    newest = closed.first()
    if newest is not None and valid_from < newest.ends_at:
        raise TermsError(
            "valid_from",
            f"Payout {newest.label} has closed the time up to {newest.last_moment:%-d %B %Y}: begin after it.",
        )


def _check_period(scope: Scope, valid_from: datetime, *, cycle: str | None) -> None:
    """Checks that terms change at the edge of a period, because a payout has one set of terms.

    Before anything is sold, the first agreement may begin at any time; after that it begins with a period of the
    standard terms or of its own.
    """
    before = in_force(scope, at=valid_from)
    if before is not None:
        _check_edge(scope, valid_from, before.cycle)
        return
    host_entries = LedgerEntry.objects.filter(host=scope.host, postings__account__currency=scope.currency)
    if host_entries.filter(posted_at__lt=valid_from).exists():
        _check_edge(scope, valid_from, STANDARD["cycle"], cycle or PayoutAgreement().cycle)


def _check_edge(scope: Scope, valid_from: datetime, *cycles: str) -> None:
    """Checks that a period of one of these cycles begins then; the message is about the last one. Raises TermsError."""
    zone = scope.property_.time_zone if scope.property_ else time_zones.of_host(scope.host)
    local = valid_from.astimezone(ZoneInfo(zone))
    begins = {
        PayoutAgreement.Cycle.MONTHLY: local.time() == time() and local.day == 1,
        PayoutAgreement.Cycle.WEEKLY: local.time() == time() and local.weekday() == 0,
        PayoutAgreement.Cycle.MANUAL: True,
    }
    if any(begins[PayoutAgreement.Cycle(cycle)] for cycle in cycles):
        return
    if cycles[-1] == PayoutAgreement.Cycle.WEEKLY:
        raise TermsError("valid_from", f"Payouts are weekly: begin on a Monday, at midnight in {zone}.")
    raise TermsError("valid_from", f"Payouts are monthly: begin on the first of a month, at midnight in {zone}.")


def withdraw(agreement: PayoutAgreement, *, now: datetime) -> None:
    """Withdraws a version that has not begun, or still waits for a second person. Raises TermsError."""
    with transaction.atomic():
        Host.objects.select_for_update().get(pk=agreement.host_id)
        open_ = PayoutAgreement.objects.filter(Q(valid_from__gt=now) | Q(state=State.WAITING), pk=agreement.pk)
        if not open_.exists():
            raise TermsError("valid_from", f"Version {agreement.number} has begun: enter the next one instead.")
        after = _versions(Scope.from_row(agreement)).filter(number__gt=agreement.number).order_by("-number").first()
        if after is not None:
            raise TermsError("valid_from", f"Version {after.number} builds on it: withdraw that one first.")
        open_.delete()


def _check(agreement: PayoutAgreement) -> None:
    for name in ("platform_fee_pct", "processing_pct"):
        if not 0 <= getattr(agreement, name) <= 100:
            raise TermsError(name, "A share is between 0 and 100 percent.")
    for name in _AMOUNTS:
        if (getattr(agreement, name) or 0) < 0:
            raise TermsError(name, "An amount is 0 or more.")
    if not 0 <= agreement.delay_days <= 60:
        raise TermsError("delay_days", "A payout comes 0 to 60 days after its period.")
    if agreement.currency not in EXPONENTS:
        raise TermsError("currency", "Use a currency's three letters, such as EUR.")
    if agreement.way == PayoutAgreement.Way.BANK_FILE and agreement.currency not in ("EUR", "USD"):
        raise TermsError("way", f"Bank files are for EUR (SEPA) and USD (ACH), not for {agreement.currency}.")


def _versions(scope: Scope) -> QuerySet[PayoutAgreement]:
    return PayoutAgreement.objects.filter(**scope.fields())


def _newest(scope: Scope, agreements: QuerySet[PayoutAgreement]) -> PayoutAgreement | None:
    newest = agreements.filter(state=State.AGREED).order_by("-valid_from", "-number")
    own = newest.filter(property=scope.property_).first() if scope.property_ else None
    return own or newest.filter(property=None).first()


def _filter_host_versions(scope: Scope) -> QuerySet[PayoutAgreement]:
    return PayoutAgreement.objects.filter(host=scope.host, currency=scope.currency)
