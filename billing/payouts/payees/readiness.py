"""What a host still needs before it is paid: a confirmed bank account, the identity check, an agreement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from authorization import audit
from authorization.models import Membership, User
from authorization.people import access as people
from authorization.people import roles
from authorization.people.roles import Right
from billing.models import BankAccount, PayoutAgreement
from billing.payouts.payees import agreements, bank_accounts, processor_accounts, requirements
from billing.payouts.payees.agreements import Scope
from chargers.models import Host

SUPPORT_CONFIRMS: Final = "Support confirms it, usually within a working day."
_MAX_NAMED: Final = 3
_ACCOUNT: Final = "A bank account for payouts"
_ACCOUNTS_PAGE: Final = "billing:bank-accounts"
_GONE: Final = (BankAccount.State.REPLACED, BankAccount.State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Need:
    """A missing requirement. `page` is the name of the URL where it is fulfilled."""

    code: str
    title: str
    sentence: str
    page: str
    account: BankAccount | None = None
    """The bank account that waits, if somebody can be reminded to confirm it."""
    since: datetime | None = None
    """When the wait began, if something was begun."""


def find_needs(host: Host, *, now: datetime) -> tuple[Need, ...]:
    """Returns what the host still needs; empty if nothing keeps it from being paid."""
    needs = (account(host, now=now), identity(host, now=now), agreement(host, now=now))
    return tuple(need for need in needs if need is not None)


def account(host: Host, *, now: datetime) -> Need | None:
    rows = BankAccount.objects.filter(host=host).exclude(state__in=_GONE).select_related("host", "property")
    by_state = {row.state: row for row in rows.order_by("pk")}
    if BankAccount.State.CONFIRMED in by_state:
        return None
    if (unconfirmed := by_state.get(BankAccount.State.UNCONFIRMED)) is not None:
        return waiting(unconfirmed, now=now)
    refused = by_state.get(BankAccount.State.ERRORED)
    sentence = "The bank refused the account." if refused else "Payouts have no account yet."
    return Need("bank_account", _ACCOUNT, sentence, _ACCOUNTS_PAGE, since=refused.ended_at if refused else None)


def waiting(account: BankAccount, *, now: datetime) -> Need:
    """Describes the confirmation that an account needs, and who may give it. At least three queries."""
    names = [person.email for person in who_may_confirm(account, now=now)]
    opening = f"The {account} that {audit.name(account.entered_by)} entered waits for a second person"
    if not names:
        sentence = f"{opening}, and nobody else at {account.host.name} may confirm it. {SUPPORT_CONFIRMS}"
        return Need("bank_account", _ACCOUNT, sentence, _ACCOUNTS_PAGE, since=account.entered_at)
    overflow_text = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    sentence = f"{opening} to confirm it: {' or '.join(names[:_MAX_NAMED])}{overflow_text}."
    return Need("bank_account", _ACCOUNT, sentence, _ACCOUNTS_PAGE, account=account, since=account.entered_at)


def who_may_confirm(waiting: BankAccount, *, now: datetime) -> list[User]:
    """Returns the host's people who handle money and may confirm it, without the first person."""
    members = (
        membership.user for membership in people.members_with(waiting.host, Right.HANDLE_MONEY).order_by("user__email")
    )
    return [person for person in members if not bank_accounts.why_not_by(person, waiting, now=now)]


def for_support(accounts: QuerySet[BankAccount]) -> QuerySet[BankAccount]:
    """Returns waiting accounts that no member of the host may confirm, so that an agent must."""
    able = Membership.objects.filter(
        host=OuterRef("host"), role__in=roles.holding(Right.HANDLE_MONEY), user__is_active=True
    ).exclude(user=OuterRef("entered_person"))
    settled = OuterRef("entered_at") - bank_accounts.COOLING_OFF
    earlier_accounts = BankAccount.objects.filter(
        Q(property=OuterRef("property")) | Q(property=None),
        host=OuterRef("host"),
        currency=OuterRef("currency"),
        confirmed_at__isnull=False,
    )
    waits = accounts.filter(state=BankAccount.State.UNCONFIRMED).annotate(replaces=Exists(earlier_accounts))
    by_member = Q(Exists(able.filter(role_since__lte=settled))) | Q(
        Exists(able.filter(role_since__lte=OuterRef("entered_at"))), replaces=False
    )
    return waits.exclude(by_member).select_related("host", "property").order_by("entered_at", "pk")


def identity(host: Host, *, now: datetime) -> Need | None:
    """Returns the identity check if it is open and the host is paid through the card processor or has begun there."""
    terms = agreements.in_force(Scope(host=host, currency=host.currency), at=now)
    way = terms.way if terms is not None else PayoutAgreement.Way(PayoutAgreement().way)  # as in the standard terms
    row = processor_accounts.find(host)
    if row is None and way != PayoutAgreement.Way.PROCESSOR:
        return None
    if row is not None and row.is_enabled and not row.missing:
        return None
    title, page = "The identity check", "billing:payout-setup"
    if row is None:
        return Need("identity", title, f"The card processor has not checked yet who {host.name} is.", page)
    sentence = f"The card processor is checking who {host.name} is."
    if lacks := requirements.missing(row.missing):
        sentence = f"The card processor still wants to know {', '.join(lacks)}."
    return Need("identity", title, sentence, page, since=row.seen_at or row.opened_at)


def why_unpaid(scope: Scope, *, now: datetime) -> list[str]:
    """Returns the reasons why nothing can be paid for a scope now, a sentence each; empty if it can."""
    current = bank_accounts.current(scope)
    problem = bank_accounts.why_not(current, now=now)
    if current is None:
        rows = BankAccount.objects.filter(host=scope.host, currency=scope.currency, state=BankAccount.State.UNCONFIRMED)
        of_scope = (
            rows.filter(Q(property=None) | Q(property=scope.property_)).select_related("host").order_by("pk").last()
        )
        problem = waiting(of_scope, now=now).sentence if of_scope else "There is no confirmed bank account."
    reasons = [problem] if problem else []
    terms = agreements.in_force(scope, at=now)
    is_by_processor = terms is None or terms.way == PayoutAgreement.Way.PROCESSOR  # as in the standard terms
    if is_by_processor and (need := identity(scope.host, now=now)) is not None:
        reasons.append(need.sentence)
    return reasons


def agreement(host: Host, *, now: datetime) -> Need | None:
    title, page = "An agreement on payouts", "billing:payout-agreement"
    rows = PayoutAgreement.objects.filter(host=host)
    if rows.filter(state=PayoutAgreement.State.AGREED).exists():
        return None
    if rows.filter(state=PayoutAgreement.State.WAITING).exists():
        return Need("agreement", title, "Its terms wait for a second person at the platform.", page)
    return Need("agreement", title, "Support agrees terms with you; until then the standard terms hold.", page)
