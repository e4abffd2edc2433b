"""The assistant's answers to hosts about payouts: failed ones, the next one, differences, statements.

Only what the user may see; each answer names the pages with its figures.
"""

import re
from datetime import datetime
from itertools import islice
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from authorization.models import User
from authorization.people import access as people
from authorization.people.roles import Right
from billing import access
from billing.formatting.money import money
from billing.models import Payout
from billing.payments.books import figures, statements
from billing.payments.books.statements import Kind, Period
from billing.payouts.cycle import bridge, forecast, wording
from billing.payouts.payees import agreements
from chargers.lib.i18n import mark
from chargers.models import Host
from support.assistant.aspects import Aspect
from support.assistant.dialogue import Findings

_LIMIT: Final = 3
_NO_MONEY: Final = mark(
    "Your role does not show payouts and statements. The owner of the account sees them, and can change your role."
)
_STATEMENTS: Final = mark("Every closed month and year is under Statements, with each session, as CSV and PDF.")
_YEAR: Final = re.compile(r"\b20\d\d\b")
_AFTERWARDS: Final = frozenset({"platform_fee", "processing", "carried_out"})
"""Rows of a payout that reduce the amount owed."""
_CAME_BACK: Final = (Payout.State.FAILED, Payout.State.RETURNED)


def findings(user: User | None, payout: Payout | None, aspect: Aspect, *, words: str, now: datetime) -> Findings:
    """Returns the answer to the question, else the state of the newest payouts. `words`: all that the user wrote."""
    if user is None:
        return Findings()
    hosts = list(people.hosts_with(user, Right.SEE_MONEY).order_by("name")[:_LIMIT])
    if not hosts:
        return Findings(statements=(_(_NO_MONEY),), is_answer=True)
    match aspect:
        case Aspect.PAYOUT_FAILED:
            texts = _describe_failed_payouts(user, payout)
        case Aspect.STATEMENT:
            texts = _describe_statements(hosts, words=words, now=now)
        case Aspect.DUE:
            texts = _next(user, hosts, payout, now=now)
        case Aspect.DIFFERENCE:
            texts = _difference(user, hosts, payout, now=now)
        case _:
            texts = _newest(user, payout)
    return Findings(statements=tuple(texts), is_answer=True)


def pages(user: User | None, payout: Payout | None, aspect: Aspect, *, words: str) -> list[tuple[str, str]]:
    """Returns labels and addresses of the relevant pages."""
    if user is None or not (hosts := list(people.hosts_with(user, Right.SEE_MONEY).order_by("name")[:_LIMIT])):
        return []
    links: list[tuple[str, str]] = []
    if aspect == Aspect.STATEMENT:
        links += [_statement(year, is_only=len(hosts) == 1) for host in hosts for year in _years(host, words)]
    relevant_payouts = [payout] if payout is not None else _select_payouts(user, aspect)
    links += [(row.label, reverse("billing:payout", args=[row.pk])) for row in relevant_payouts]
    if len(hosts) > 1:
        return [
            *links,
            ("Payouts", reverse("billing:payout-hosts")),
            ("Statements", reverse("billing:statement-hosts")),
        ]
    slug = hosts[0].slug
    by_aspect = {
        Aspect.PAYOUT_FAILED: ("Bank accounts", reverse("billing:bank-accounts", args=[slug])),
        Aspect.STATEMENT: ("Sessions", reverse("billing:sessions")),
        Aspect.DIFFERENCE: ("Bank lines", reverse("billing:host-bank", args=[slug])),
        Aspect.DUE: ("Agreement", reverse("billing:payout-agreement", args=[slug])),
    }
    return [
        *links,
        *([by_aspect[aspect]] if aspect in by_aspect else []),
        ("Payouts", reverse("billing:payouts", args=[slug])),
        ("Statements", reverse("billing:statements", args=[slug])),
    ]


def _statement(year: Period, *, is_only: bool) -> tuple[str, str]:
    name = year.title if is_only else f"{year.title}, {year.host.name}"
    return f"Statement {name}", reverse("billing:statement", args=[year.host.slug, year.currency, year.name])


def _select_payouts(user: User, aspect: Aspect) -> list[Payout]:
    """Returns the payouts that the answer is about, if none was named."""
    if aspect == Aspect.PAYOUT_FAILED:
        return _that_failed(user)
    return _list_recent_payouts(user)[:1] if aspect == Aspect.DIFFERENCE else []


def _that_failed(user: User) -> list[Payout]:
    """Returns failed payouts that have not been paid again, newest first."""
    rows = access.payouts(user).filter(state__in=_CAME_BACK).order_by("-id")
    return list(rows.select_related("host", "property", "bank_account")[:_LIMIT])


def _list_recent_payouts(user: User) -> list[Payout]:
    rows = access.payouts(user).exclude(state=Payout.State.OPEN).select_related("host", "property", "agreement")
    return list(rows.order_by("-id")[:2])


def _describe_failed_payouts(user: User, named_payout: Payout | None) -> list[str]:
    failed = [named_payout] if named_payout is not None else _that_failed(user)
    texts = [_describe_payout(payout) for payout in failed]
    if not failed:
        newest = [_describe_payout(payout) for payout in _list_recent_payouts(user)[:1]]
        texts = [_("No payout of yours has failed, or all that failed were paid again."), *newest]
    return texts


def _describe_payout(payout: Payout) -> str:
    """Returns its amount, state and reason; for a failed one, also who has to act."""
    failure = wording.failure(payout)
    why = failure["sentence"] if failure else wording.expected_reason(payout)
    amount = money(payout.amount_minor, payout.currency)
    return f"{payout.label}, {amount}, {payout.get_state_display().lower()}: {why}"


def _newest(user: User, named_payout: Payout | None) -> list[str]:
    """Returns the named payout, else the newest ones, each with the reason for its state."""
    if named_payout is not None:
        return [_describe_payout(named_payout), _made_of(named_payout), _(_STATEMENTS)]
    return [*(_describe_payout(payout) for payout in _list_recent_payouts(user)), _(_STATEMENTS)]


def _made_of(payout: Payout) -> str:
    """Returns the steps from the sessions to the amount, row by row."""
    rows = [f"– {row['label']}: {money(row['amount_minor'], payout.currency)}" for row in wording.rows(payout)]
    paid = money(bridge.paid_minor(payout), payout.currency)
    return "\n".join([f"What {payout.label} is made of:", *rows, f"= {paid}"])


def _difference(user: User, hosts: list[Host], named_payout: Payout | None, *, now: datetime) -> list[str]:
    """Explains the difference from the dashboard: the bridge to the payout, and what is owed but in no payout yet."""
    relevant_payouts = [named_payout] if named_payout is not None else _list_recent_payouts(user)[:1]
    texts = [text for payout in relevant_payouts for text in (_describe_payout(payout), _made_of(payout))]
    if not relevant_payouts:
        texts = [_("There is no payout yet that could differ from the dashboard.")]
    if named_payout is None:
        texts += _describe_owed_amounts(hosts, now=now)
    return [
        *texts,
        _("Each row opens the sessions behind it on the payout’s page, and Find takes an amount from your bank."),
    ]


def _describe_owed_amounts(hosts: list[Host], *, now: datetime) -> list[str]:
    """Returns all that is owed and unpaid: what the next payouts include, before fees, and what waits, with reasons."""
    rows: list[str] = []
    for expected in (expected for host in hosts for expected in _forecasts(host, now=now)):
        currency = expected.scope.currency
        before = sum(row["amount_minor"] for row in expected.rows if row["kind"] not in _AFTERWARDS)
        if before:
            amount = money(expected.amount_minor, currency)
            rows.append(f"{money(before, currency)} of {expected.scope.text()}: the next payout, {amount} after fees.")
        rows += [wording.pending(row, currency=currency) for row in expected.pending]
    return ["\n".join(["Owed to you, and not paid out yet:", *(f"– {row}" for row in rows)])] if rows else []


def _not_in_it(forecasts: list[forecast.Forecast]) -> list[str]:
    """Returns what is owed but not in the next payouts, with its reason."""
    rows = [
        wording.pending(row, currency=expected.scope.currency) for expected in forecasts for row in expected.pending
    ]
    return ["\n".join(["Owed, and in no next payout:", *(f"– {row}" for row in rows)])] if rows else []


def _next(user: User, hosts: list[Host], named_payout: Payout | None, *, now: datetime) -> list[str]:
    """Returns the next payouts with amount, date and its reason; a named or a failed one comes first."""
    texts = [
        _describe_payout(payout) for payout in ([named_payout] if named_payout is not None else _that_failed(user))
    ]
    forecasts = [next_payout for host in hosts for next_payout in _forecasts(host, now=now)]
    for next_payout in forecasts:
        amount = money(next_payout.amount_minor, next_payout.scope.currency)
        expected = f", expected at your bank on {next_payout.expected_on:%-d %B %Y}" if next_payout.expected_on else ""
        texts.append(f"The next payout of {next_payout.scope.text()}: {amount}{expected}. {next_payout.reason}")
    return [*texts, *_not_in_it(forecasts)] or [
        _("Nothing is owed yet: the first paid session starts the first payout.")
    ]


def _forecasts(host: Host, *, now: datetime) -> list[forecast.Forecast]:
    scopes = islice(agreements.scopes(host, at=now), _LIMIT)
    return [expected for scope in scopes if (expected := forecast.calculate(scope, now=now)) is not None]


def _describe_statements(hosts: list[Host], *, words: str, now: datetime) -> list[str]:
    """Returns the named year's statement, else the newest two, with their totals."""
    texts: list[str] = []
    for host in hosts:
        years = _years(host, words)
        texts += [_describe_year_statement(period, now=now) for period in years]
        if not years:
            empty_text = _("%(host)s has no statement yet: the first one comes with the first paid session.")
            texts.append(empty_text % {"host": host.name})
    return [*texts, _(_STATEMENTS), _("Sessions can be filtered and downloaded as CSV under Sessions.")]


def _years(host: Host, words: str) -> list[Period]:
    years = statements.years(statements.months(host))
    mentioned_years = _YEAR.findall(words)
    return [period for period in years if period.name in mentioned_years] or years[:2]


def _describe_year_statement(year: Period, *, now: datetime) -> str:
    """Returns how its statement begins."""
    period = statements.period(year.account, begins=year.month, kind=Kind.YEAR) or year
    so_far = "" if period.is_over(now) else ", so far"
    rows = (f"– {words}: {money(minor, year.currency)}" for words, minor in figures.parts(period.figures))
    earned = f"= Earned: {money(period.figures.earned_minor, year.currency)}"
    return "\n".join([f"{year.host.name}, {year.title}{so_far}, in {year.currency}:", *rows, earned])
