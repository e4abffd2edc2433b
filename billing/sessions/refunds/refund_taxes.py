"""The tax of a refund, by rate: the difference of the receipt's remainder before and after it.

A refund is never taxed by itself, because the roundings of several would not add up to the tax of the receipt. The
refund that takes the last amount of a rate takes all of its remaining tax.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from billing.engine.values import money


@dataclass(frozen=True, slots=True)
class Share:
    """The amount of one tax rate, in minor units; `rate_pct` as the report writes it."""

    rate_pct: str
    base_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        return self.base_minor + self.tax_minor

    @classmethod
    def read(cls, tax_group: Mapping[str, Any]) -> Self:
        """Reads a tax group of a report, a refund or a credit note."""
        return cls(rate_pct=tax_group["rate_pct"], base_minor=tax_group["base"], tax_minor=tax_group["tax"])

    def as_json(self) -> dict[str, Any]:
        return {"rate_pct": self.rate_pct, "base": self.base_minor, "tax": self.tax_minor}


Shares = tuple[Share, ...]


def of_report(report: Mapping[str, Any]) -> Shares:
    return tuple(Share.read(group) for group in report["taxes"])


def subtract_refunds(shares: Shares, refunded_shares: Iterable[Shares]) -> Shares:
    """Returns the receipt's taxes that are left after refunds."""
    by_rate = {share.rate_pct: share for share in shares}
    for share in (share for refund in refunded_shares for share in refund):
        remainder = by_rate.get(share.rate_pct, Share(share.rate_pct, 0, 0))
        by_rate[share.rate_pct] = Share(
            share.rate_pct, remainder.base_minor - share.base_minor, remainder.tax_minor - share.tax_minor
        )
    return tuple(by_rate.values())


def of_amount(shares: Shares, amount_minor: int) -> Shares:
    """Returns the shares of an amount with tax, in proportion to what is left of each rate; at most all that
    is left.
    """
    return _build_shares(shares, spread(_gross_by_rate(shares), amount_minor))


def of_lines(shares: Shares, amounts: Mapping[str, int]) -> Shares:
    """Returns the shares of the given amounts with tax, by rate.

    If an earlier amount already took from a rate, the others make up for it.
    """
    grosses = _gross_by_rate(shares)
    taken_by_rate = {rate: min(amounts.get(rate, 0), gross) for rate, gross in grosses.items()}
    beyond = sum(amounts.values()) - sum(taken_by_rate.values())
    left_by_rate = {rate: grosses[rate] - taken_by_rate[rate] for rate in grosses}
    extra_by_rate = spread(left_by_rate, min(beyond, sum(left_by_rate.values())))
    return _build_shares(shares, {rate: taken_by_rate[rate] + extra_by_rate[rate] for rate in grosses})


def estimate_shares(shares: Shares, *, total_minor: int, tax_minor: int) -> Shares:
    """Estimates the shares of a refund with known sums only: first its total is spread over the rates, then its tax."""
    grosses = spread(_gross_by_rate(shares), total_minor)
    taxed = {share.rate_pct: max(share.tax_minor, 0) for share in shares}
    taxes = spread(taxed if any(taxed.values()) else grosses, tax_minor)
    return tuple(Share(rate, grosses[rate] - taxes[rate], taxes[rate]) for rate in grosses)


def spread(weights: Mapping[str, int], amount_minor: int) -> dict[str, int]:
    """Splits an amount into whole parts in proportion to the weights."""
    weight_sum = sum(weights.values())
    if not weight_sum:
        return dict.fromkeys(weights, 0)
    exacts = [Fraction(amount_minor * weight, weight_sum) for weight in weights.values()]
    return dict(zip(weights, money.apportion(exacts, total=amount_minor), strict=True))


def totals(shares: Sequence[Share]) -> tuple[int, int, int]:
    """Returns total, net and tax."""
    net, tax = sum(share.base_minor for share in shares), sum(share.tax_minor for share in shares)
    return net + tax, net, tax


def _gross_by_rate(shares: Shares) -> dict[str, int]:
    return {share.rate_pct: max(share.gross_minor, 0) for share in shares}


def _build_shares(shares: Shares, grosses: Mapping[str, int]) -> Shares:
    rate_shares = (_compute_rate_share(share, grosses[share.rate_pct]) for share in shares)
    return tuple(share for share in rate_shares if share.base_minor or share.tax_minor)


def _compute_rate_share(share: Share, gross_minor: int) -> Share:
    after_minor = share.gross_minor - gross_minor
    if not after_minor:
        return Share(share.rate_pct, gross_minor - share.tax_minor, share.tax_minor)
    if not gross_minor:
        return Share(share.rate_pct, 0, 0)
    tax = share.tax_minor - _tax_within(after_minor, rate_pct=share.rate_pct)
    tax = min(max(tax, min(gross_minor, 0)), max(gross_minor, 0))
    return Share(share.rate_pct, gross_minor - tax, tax)


def _tax_within(gross_minor: int, *, rate_pct: str) -> int:
    """Returns the tax in an amount that includes it, the same as the engine's, which may have added it."""
    return gross_minor - money.round_half_away(gross_minor / (1 + Fraction(Decimal(rate_pct)) / 100))
