"""Matches bank lines to payouts: by reference and exact amount, else by amount and day, else by a sum of one day.

Ambiguous lines are always left to a person. Recent lines are matched again, because the payout may become known after
its line.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import combinations
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from billing.models import BankLine, BankMatch, HomeInvoice, HomeMatch, PaymentFile, Payout, PayoutAgreement
from billing.payouts.bank_lines import home_lines, matches, references, wording
from billing.payouts.bank_lines.home_lines import HomePayment, HomeProblem
from billing.payouts.bank_lines.matches import Kind, NotPossibleError, Rule, kind_of, obstacle
from billing.payouts.bank_lines.references import References
from billing.proration import business_days
from chargers.lib import batch
from chargers.models import Host

Match = BankLine.Match
State = Payout.State
Way = PayoutAgreement.Way
BUSINESS_DAYS: Final = 3
LOOKED_AT_AGAIN: Final = timedelta(days=60)
MAX_IN_A_SUM: Final = 4
MAX_OF_A_DAY: Final = 24
"""The most payouts of one day for which sums are tried. With more, too many sums would fit by chance."""
_BATCH: Final = 1000
_FAILED: Final = "could not be matched"
_MAX_DAYS: Final = 16


@dataclass(frozen=True, slots=True)
class PaidPayouts:
    """The payouts that a line pays."""

    payouts: tuple[Payout, ...]
    kind: BankMatch.Kind
    rule: BankMatch.Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """Why no payout explains a line: a code of `wording.KINDS` with its facts."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    match: BankLine.Match = Match.UNMATCHED


@dataclass(frozen=True, slots=True)
class Open:
    """What the later rules need to know of a line without a reference to a payout."""

    pk: int
    location: int | str
    booked_on: date
    amount_minor: int
    currency: str
    is_candidate: bool
    is_doubtful: bool
    occurrence: int
    is_return: bool


def run(host: Host | None, *, now: datetime) -> int:
    """Matches one owner's lines that are new, or recent and unmatched. Returns the number of matches."""
    lines = BankLine.objects.filter(host=host).filter(
        Q(match=Match.WAITING)
        | Q(match__in=(Match.UNMATCHED, Match.AMBIGUOUS), booked_on__gte=(now - LOOKED_AT_AGAIN).date())
    )
    lines = lines.exclude(kind=matches.UNDONE)
    matcher = _Run(host, now)
    ids = lines.order_by("booked_on", "amount_minor", "id").values_list("pk", flat=True)
    for some in batch.slices(ids.iterator(_BATCH), _BATCH):
        rows = BankLine.objects.in_bulk(some)
        matcher.by_reference([rows[pk] for pk in some])
    matcher.by_day()
    matches.reconcile(now=now)
    return matcher.matched


def run_all(*, now: datetime) -> int:
    """Matches the lines of every owner that has open ones. Returns the number of matches."""
    owners = BankLine.objects.exclude(match__in=matches.CLOSED).order_by().values("host").distinct()
    hosts = {host.pk: host for host in Host.objects.filter(pk__in=owners)}
    matched: list[int] = []
    batch.each_of(
        [hosts.get(owner["host"]) for owner in owners],
        lambda host: matched.append(run(host, now=now)),
        noun="Bank lines of",
        failure=_FAILED,
    )
    return sum(matched)


def named_by(payout: Payout, *, among_all: bool) -> str:
    """Returns the payout's label, with its host for lines of the platform's account."""
    return f"{payout.label} of {payout.host.name}" if among_all else payout.label


class _Run:
    """One matching run over an owner's lines.

    Lines that cannot be a payout are stored at once rather than held in memory.
    """

    def __init__(self, host: Host | None, now: datetime) -> None:
        self.host, self.now, self.matched = host, now, 0
        self._before = _Pool(host)
        """Includes payouts that lines name: a line that fits none of these will fit none later."""
        self._rest: list[Open] = []
        self._arrived: set[tuple[str, int, date]] | None = None
        self._found: dict[str, list[int]] = defaultdict(list)

    def by_reference(self, lines: Sequence[BankLine]) -> None:
        named_by_line = references.resolve(lines, host=self.host)
        batch.each_of(
            lines,
            lambda line: self._match_by_reference(line, named_by_line[line.pk]),
            noun="Bank line",
            failure=_FAILED,
        )

    def _match_by_reference(self, line: BankLine, mentioned: References) -> None:
        home = home_lines.judge(line)
        verdict = of_reference(line, mentioned) if home is None or mentioned.payouts else home
        if verdict is not None:
            self._try_store_verdict(line.pk, verdict)
            return
        open_line = _open(line)
        if open_line.occurrence > 1 or self._before.may_be(open_line):
            self._rest.append(open_line)
        else:
            self._try_store_verdict(open_line.pk, self._build_unmatched_finding(open_line, self._before))

    def by_day(self) -> None:
        """Matches by amount and day, then by sums of a day, and stores a finding for the rest."""
        pool = _Pool(self.host)
        singles, several = self._split_by_candidates(pool)
        for payout_pk, lines in singles.items():
            self._match_single_claim(lines, (pool.payouts[payout_pk],), Rule.DAY, pool)
        claims: dict[frozenset[Any], list[Open]] = defaultdict(list)
        for line in several:
            sums = pool.sums(line) if line.is_candidate and not line.is_doubtful else []
            if len(sums) > 1:
                payouts = [pool.payouts[pk] for pk in sorted(set().union(*sums), key=str)]
                self._try_store_verdict(line.pk, self._build_ambiguous_finding("two_candidates", payouts))
            elif sums:
                claims[sums[0]].append(line)
            else:
                self._try_store_verdict(line.pk, self._build_unmatched_finding(line, pool))
        overlapping = _overlapping(claims)
        for keys, lines in claims.items():
            together = tuple(pool.payouts[pk] for pk in sorted(keys, key=str))
            if keys in overlapping:
                for line in lines:
                    self._try_store_verdict(line.pk, self._build_ambiguous_finding("two_candidates", together))
            else:
                self._match_single_claim(lines, together, Rule.SUM, pool)
        self._flush()

    def _split_by_candidates(self, pool: "_Pool") -> tuple[dict[Any, list[Open]], list[Open]]:
        """Returns the lines that exactly one payout fits, by payout, and those that none fits.

        Lines that several payouts fit are left to a person.
        """
        singles: dict[Any, list[Open]] = defaultdict(list)
        unmatched_lines = []
        for line in self._rest:
            fits = pool.near(line) if line.is_candidate else []
            if len(fits) > 1 and line.occurrence == 1:
                self._try_store_verdict(line.pk, self._build_ambiguous_finding("two_candidates", fits))
            elif not fits or line.occurrence > 1:
                unmatched_lines.append(line)
            elif line.is_doubtful:
                self._try_store_verdict(line.pk, self._build_ambiguous_finding("doubtful", fits))
            else:
                singles[fits[0].pk].append(line)
        return singles, unmatched_lines

    def _match_single_claim(
        self, lines: Sequence[Open], payouts: tuple[Payout, ...], rule: BankMatch.Rule, pool: "_Pool"
    ) -> None:
        """Matches the payouts if one line claims them; several lines are left to a person."""
        if len(lines) == 1:
            kind = Kind.LEFT if self.host is None else Kind.ARRIVED
            if self._try_store_verdict(lines[0].pk, PaidPayouts(payouts, kind, rule)):
                pool.taken(payouts)
            return
        for n, line in enumerate(lines):
            other = lines[n - 1 if n else 1]
            names = {"payouts": self._names(payouts), "line": other.location}
            self._try_store_verdict(line.pk, Finding("two_lines", names, Match.AMBIGUOUS))

    def _try_store_verdict(self, pk: int, verdict: PaidPayouts | HomePayment | HomeProblem | Finding) -> bool:
        """Stores the verdict on a line. A failure is logged and retried in the next run."""
        return bool(
            batch.each_of([pk], lambda key: self._store_verdict(key, verdict), noun="Bank line", failure=_FAILED)
        )

    def _store_verdict(self, pk: int, verdict: PaidPayouts | HomePayment | HomeProblem | Finding) -> bool:
        match verdict:
            case PaidPayouts() | HomePayment():
                try:
                    self._write(pk, verdict)
                except NotPossibleError:
                    verdict = self._build_doubled_finding(verdict)
                else:
                    self.matched += 1
                    return True
            case HomeProblem():
                verdict = _convert_home_problem(verdict)
        if verdict.facts or verdict.match != Match.UNMATCHED:
            fields = {"match": verdict.match, "kind": verdict.kind, "facts": dict(verdict.facts), "found_at": self.now}
            _still_open(self.host).filter(pk=pk).update(**fields)
        else:
            self._found[verdict.kind].append(pk)
            if len(self._found[verdict.kind]) >= _BATCH:
                self._flush()
        return False

    def _write(self, pk: int, verdict: PaidPayouts | HomePayment) -> None:
        if isinstance(verdict, HomePayment):
            home_lines.write(pk, verdict.due, rule=Rule.REFERENCE, now=self.now)
        else:
            matches.write(pk, verdict.payouts, kind=verdict.kind, rule=verdict.rule, now=self.now)

    def _flush(self) -> None:
        for kind, ids in self._found.items():
            fields: dict[str, Any] = {"match": Match.UNMATCHED, "kind": kind, "facts": {}, "found_at": self.now}
            if self.host is not None and kind in wording.UNRELATED:
                fields |= {"text": "", "counterparty": ""}  # the host's other payments do not concern us
            _still_open(self.host).filter(pk__in=ids).update(**fields)
        self._found.clear()

    def _build_doubled_finding(self, verdict: PaidPayouts | HomePayment) -> Finding:
        if isinstance(verdict, HomePayment):
            return _convert_home_problem(HomeProblem("doubled", "", (verdict.due,)))
        return _build_doubled_finding(verdict.payouts, verdict.kind, among_all=self.host is None)

    def _build_ambiguous_finding(self, kind: str, payouts: Iterable[Payout]) -> Finding:
        return Finding(kind, {"payouts": self._names(payouts)}, Match.AMBIGUOUS)

    def _names(self, payouts: Iterable[Payout]) -> list[str]:
        return [named_by(payout, among_all=self.host is None) for payout in payouts]

    def _build_unmatched_finding(self, line: Open, pool: "_Pool") -> Finding:
        if not line.amount_minor:
            return Finding("nothing_moved")
        if line.occurrence > 1 and self._is_of_payouts(line, pool):
            return Finding("doubled")
        if self.host is None and line.is_return:
            return Finding("return_without_payout")
        elsewhere = pool.of_amount(line)[:3] if line.is_candidate else []
        if elsewhere:
            days = sorted(str(day) for payout in elsewhere for day in _days(payout))
            return Finding("other_day", {"payouts": self._names(elsewhere), "day": days[-1]})
        if self.host is not None and (pool.first_on is None or line.booked_on < pool.first_on):
            return Finding("before_first_payout")
        return Finding("no_payout")

    def _is_of_payouts(self, line: Open, pool: "_Pool") -> bool:
        """Whether the line that this one repeats is, or may be, a payout; if not, both are a host's other business."""
        if self.host is None or (line.is_candidate and pool.of_amount(line)):
            return True
        if self._arrived is None:
            rows = BankLine.objects.filter(host=self.host, match=Match.MATCHED)
            self._arrived = set(rows.values_list("currency", "amount_minor", "booked_on"))
        return line.is_candidate and (line.currency, line.amount_minor, line.booked_on) in self._arrived


def of_reference(line: BankLine, mentioned: References) -> PaidPayouts | Finding | None:
    """Matches a line by its references; None if it has none."""
    kind = kind_of(line)
    for file in mentioned.files:
        if paid := _match_file(line, file):
            return paid
    if not mentioned.payouts:
        return Finding("unknown_reference", {"reference": mentioned.looks_like}) if mentioned.looks_like else None
    if kind is None:
        return _build_finding("wrong_direction", mentioned.payouts, line)
    exact = [payout for payout in mentioned.payouts if _has_same_amount(payout, line)]
    if not exact and len(mentioned.payouts) > 1 and _fits_together(mentioned.payouts, line):
        exact = list(mentioned.payouts)
        return _check_payouts(exact, kind, line)
    if len(exact) > 1:
        exact = [payout for payout in exact if not obstacle(payout, kind) and not _has_match([payout], kind)] or exact
    if len(exact) > 1:
        names = [named_by(payout, among_all=line.host_id is None) for payout in exact]
        return Finding("two_candidates", {"payouts": names}, Match.AMBIGUOUS)
    if exact:
        return _check_payouts(exact, kind, line)
    same = [payout for payout in mentioned.payouts if payout.amount_minor == abs(line.amount_minor)]
    return _build_finding("other_currency" if same else "wrong_amount", same or mentioned.payouts, line)


def _convert_home_problem(problem: HomeProblem) -> Finding:
    """Describes the problem with the same facts as for payouts. `noun` is empty because the labels already have one."""
    if not problem.named:
        return Finding(problem.kind, {"reference": problem.reference, "noun": "invoice"})
    first = problem.named[0]
    match = HomeMatch.objects.filter(Q(invoice=first) if isinstance(first, HomeInvoice) else Q(payout=first)).first()
    facts = {
        "payouts": [home_lines.label(due) for due in problem.named[:4]],
        "noun": "",
        "expected_minor": home_lines.amount_minor(first),
        "currency": home_lines.currency(first),
        "day": match.line.booked_on.isoformat() if match else "",
    }
    is_open = problem.kind == "two_candidates"
    return Finding(problem.kind, facts, Match.AMBIGUOUS if is_open else Match.UNMATCHED)


def _match_file(line: BankLine, file: PaymentFile) -> PaidPayouts | None:
    """Returns the file's payouts if the bank booked their sum."""
    payouts = tuple(payment.payout for payment in file.payments.all())
    if not payouts or line.currency != file.currency or -line.amount_minor != sum(p.amount_minor for p in payouts):
        return None
    return PaidPayouts(payouts, Kind.LEFT, Rule.FILE)


def _check_payouts(payouts: Sequence[Payout], kind: BankMatch.Kind, line: BankLine) -> PaidPayouts | Finding:
    for payout in payouts:
        if code := obstacle(payout, kind):
            return _build_finding(code, [payout], line)
    if _has_match(payouts, kind):
        return _build_doubled_finding(payouts, kind, among_all=line.host_id is None)
    if kind == Kind.LEFT and any(_is_elsewhere(payout, line) for payout in payouts):
        return _build_finding("other_account", payouts, line)
    return PaidPayouts(tuple(payouts), kind, Rule.REFERENCE)


def _is_elsewhere(payout: Payout, line: BankLine) -> bool:
    """Whether the payment of our file went to another account, if both are IBANs."""
    account = payout.bank_account
    if payout.way != Way.BANK_FILE or not line.counterparty_fingerprint or account is None or account.scheme != "iban":
        return False
    return account.fingerprint != line.counterparty_fingerprint


def _has_match(payouts: Iterable[Payout], kind: BankMatch.Kind) -> bool:
    return BankMatch.objects.filter(payout__in=list(payouts), kind=kind).exists()


def _build_doubled_finding(payouts: Sequence[Payout], kind: BankMatch.Kind, *, among_all: bool) -> Finding:
    existing_match = BankMatch.objects.filter(payout__in=payouts, kind=kind).select_related("line").first()
    day = existing_match.line.booked_on.isoformat() if existing_match else ""
    return Finding("doubled", {"payouts": [named_by(payout, among_all=among_all) for payout in payouts], "day": day})


def _build_finding(kind: str, payouts: Sequence[Payout], line: BankLine) -> Finding:
    first = payouts[0]
    return Finding(
        kind,
        {
            "payouts": [named_by(payout, among_all=line.host_id is None) for payout in payouts[:4]],
            "expected_minor": first.amount_minor,
            "currency": first.currency,
            "state": Payout.State(first.state).label.lower(),
        },
    )


def _has_same_amount(payout: Payout, line: BankLine) -> bool:
    return payout.amount_minor == abs(line.amount_minor) and payout.currency == line.currency


def _fits_together(payouts: Sequence[Payout], line: BankLine) -> bool:
    total = sum(payout.amount_minor for payout in payouts)
    return total == abs(line.amount_minor) and {payout.currency for payout in payouts} == {line.currency}


def _open(line: BankLine) -> Open:
    is_candidate = kind_of(line) in (Kind.LEFT, Kind.ARRIVED) and not line.is_return and line.amount_minor != 0
    return Open(
        pk=line.pk,
        location=line.line,
        booked_on=line.booked_on,
        amount_minor=abs(line.amount_minor),
        currency=line.currency,
        is_candidate=is_candidate,
        is_doubtful=line.is_doubtful,
        occurrence=line.occurrence,
        is_return=line.is_return,
    )


class _Pool:
    """Payouts not matched to a line yet, by amount and day, for lines without a reference."""

    def __init__(self, host: Host | None) -> None:
        self.payouts = {payout.pk: payout for payout in _waiting(host)}
        self.first_on = _first_on(host)
        self._by_amount: dict[tuple[str, int], list[Payout]] = defaultdict(list)
        self._by_day: dict[tuple[str, date], list[Payout]] = defaultdict(list)
        for payout in self.payouts.values():
            self._by_amount[payout.currency, payout.amount_minor].append(payout)
            for day in _days(payout):
                self._by_day[payout.currency, day].append(payout)
        self._sums: dict[tuple[str, date], dict[int, list[frozenset[Any]]]] = {}

    def of_amount(self, line: Open) -> list[Payout]:
        return self._by_amount.get((line.currency, line.amount_minor), [])

    def may_be(self, line: Open) -> bool:
        """Whether a payout, or a sum of some, has the line's amount."""
        return line.is_candidate and bool(self.of_amount(line) or self.sums(line))

    def near(self, line: Open) -> list[Payout]:
        first, last = window(line.booked_on)
        return [payout for payout in self.of_amount(line) if any(first <= day <= last for day in _days(payout))]

    def sums(self, line: Open) -> list[frozenset[Any]]:
        """Returns different sets of payouts of one day that come to the amount. Two are enough to make it ambiguous."""
        first, last = window(line.booked_on)
        sets: list[frozenset[Any]] = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            some = self._sums_of((line.currency, day)).get(line.amount_minor, [])
            sets += [payout_set for payout_set in some if payout_set not in sets]
        return sets

    def taken(self, payouts: Iterable[Payout]) -> None:
        self._sums.clear()
        for payout in payouts:
            self._by_amount[payout.currency, payout.amount_minor].remove(payout)
            for day in _days(payout):
                self._by_day[payout.currency, day].remove(payout)

    def _sums_of(self, key: tuple[str, date]) -> dict[int, list[frozenset[Any]]]:
        if key not in self._sums:
            if len(self._sums) >= _MAX_DAYS:
                self._sums.clear()
            self._sums[key] = _sums(self._by_day.get(key, ()))
        return self._sums[key]


def _sums(payouts: Sequence[Payout]) -> dict[int, list[frozenset[Any]]]:
    by_sum: dict[int, list[frozenset[Any]]] = defaultdict(list)
    if len(payouts) > MAX_OF_A_DAY:
        return by_sum
    for size in range(2, MAX_IN_A_SUM + 1):
        for some in combinations(payouts, size):
            sets = by_sum[sum(payout.amount_minor for payout in some)]
            if len(sets) < 2:
                sets.append(frozenset(payout.pk for payout in some))
    return by_sum


def _waiting(host: Host | None) -> Iterator[Payout]:
    """Yields unmatched payouts: for our account those sent in our files, for a host's account those on their way or
    paid.
    """
    rows = Payout.objects.filter(amount_minor__gt=0).select_related("host")
    sent = Q(state__in=(State.IN_TRANSIT, State.PAID, State.RECONCILED)) | Q(state=State.SUBMITTED, way=Way.BANK_FILE)
    if host is not None:
        matched = BankMatch.objects.filter(kind=Kind.ARRIVED, payout__host=host)
        return rows.filter(sent, host=host).exclude(pk__in=matched.values("payout")).iterator(_BATCH)
    outgoing_matches = BankMatch.objects.filter(kind=Kind.LEFT)
    file_payouts = rows.filter(sent, way=Way.BANK_FILE)
    return file_payouts.exclude(pk__in=outgoing_matches.values("payout")).iterator(_BATCH)


def _first_on(host: Host | None) -> date | None:
    rows = Payout.objects.filter(host=host) if host else Payout.objects.all()
    first = rows.exclude(submitted_at=None).order_by("submitted_at").first()
    return timezone.localdate(first.submitted_at) if first and first.submitted_at else None


def _days(payout: Payout) -> set[date]:
    """Returns the days on which the payout was to arrive and did arrive."""
    paid_on = payout.paid_at.date() if payout.paid_at else None
    return {day for day in (payout.expected_on, paid_on) if day is not None}


@lru_cache(maxsize=4096)
def window(day: date) -> tuple[date, date]:
    """Returns three business days before and after; bank holidays are not known."""
    return business_days.shift_day(day, -BUSINESS_DAYS), business_days.shift_day(day, BUSINESS_DAYS)


def _overlapping(claims: Iterable[frozenset[Any]]) -> set[frozenset[Any]]:
    """Returns the sets that share a payout with another set."""
    owners: dict[Any, list[frozenset[Any]]] = defaultdict(list)
    for keys in claims:
        for pk in keys:
            owners[pk].append(keys)
    return {keys for several in owners.values() if len(several) > 1 for keys in several}


def _still_open(host: Host | None) -> Any:
    """Returns the lines that are still open, because a user may have answered one meanwhile."""
    return BankLine.objects.filter(host=host).exclude(match__in=matches.CLOSED)
