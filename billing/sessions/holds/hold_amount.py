"""The amount to hold before charging, and why: an amount of energy at the highest price, within two limits.

Unset fields of a property's or host's `HoldPolicy` default to the settings HOLD_*, in everyday units of the rate's
currency, and to the cost of a typical and a full charge at the rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from django.conf import settings

from billing.engine.checks import example
from billing.engine.rate.tariff import Rate
from billing.engine.values import money
from billing.engine.values.facts import Benefits
from billing.models import HoldPolicy, RateVersion
from billing.pricing import benefits
from billing.pricing.rates import catalogue as rates
from billing.sentences import catalogue
from billing.sentences.payments import PaymentCode
from chargers.models import Property
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

FAST_ABOVE_W: Final = 43_000
"""More than the highest AC power of a type 2 connector: cars take more energy there in one stay."""
_USUAL_W: Final = 11_000
"""The power assumed where the port's is unknown."""
_TYPICAL_SHARE: Final = 2
"""A typical charge is half of a full one. It is always covered, unless a host set a lower limit."""
_NO_LIMIT: Final = Decimal("Infinity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The amount to hold, and why. `extends`: the same amount is held once more when the limit is near."""

    amount_minor: int
    why: Sentences
    extends: bool

    @property
    def reason(self) -> str:
        """Returns the reason in English."""
        return catalogue.english(self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The default hold."""

    energy_kwh: int
    least_minor: int
    most_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    energy_kwh: int
    estimate_minor: int
    least_minor: int
    most_minor: int
    extends: bool


def calculate(
    version: RateVersion, *, property_: Property, max_power_w: int | None, plan: Mapping[str, Any] | None = None
) -> Size:
    """Calculates the hold. At most two queries; two more with a driver's `plan`, as `benefits.granted` froze it."""
    terms = _terms(property_, version, max_power_w=max_power_w, plan=plan)
    currency, estimate = version.rate.currency, terms.estimate_minor
    rounded_minor = _round_up(estimate, currency=currency)
    amount = max(min(rounded_minor, terms.most_minor), terms.least_minor)
    facts = {"energy": terms.energy_kwh, "estimate": money.fact(estimate, currency=currency)}
    if amount == rounded_minor:
        why = stored.build_sentence(PaymentCode.HOLD_COVERS, **facts)
    else:
        code = PaymentCode.HOLD_LEAST if amount > rounded_minor else PaymentCode.HOLD_MOST
        why = stored.build_sentence(code, held=money.fact(amount, currency=currency), **facts)
    return Size(amount_minor=amount, why=why, extends=terms.extends)


def usual(currency: str, *, is_fast: bool) -> Usual:
    """Returns the installation's default in a currency, before the cost of a rate is considered."""
    standard = settings.HOLD_FAST if is_fast else settings.HOLD
    return Usual(
        energy_kwh=standard["energy_kwh"],
        least_minor=money.everyday_minor(standard["least"], currency=currency),
        most_minor=money.everyday_minor(standard["most"], currency=currency),
    )


def extends(property_: Property) -> bool:
    """Whether the same amount is held once more near the limit, instead of stopping the charge."""
    return _limit_action(_policies(property_)) == HoldPolicy.AtLimit.EXTEND


def _terms(
    property_: Property, version: RateVersion, *, max_power_w: int | None, plan: Mapping[str, Any] | None
) -> _Terms:
    preview = benefits.preview_rate(plan, version.definition, currency=version.rate.currency) if plan else None
    rate = preview.rate(currency=version.rate.currency) if preview else rates.parse_version(version)
    policies = _policies(property_)
    standard = usual(rate.currency, is_fast=(max_power_w or 0) > FAST_ABOVE_W)
    energy = _first(policies, "energy_kwh") or standard.energy_kwh
    full, typical = (
        example.highest_price(
            energy_wh, rate=rate, power_w=max_power_w or _USUAL_W, benefits=preview.engine if preview else Benefits()
        ).total_minor
        for energy_wh in (energy * 1000, energy * 1000 // _TYPICAL_SHARE)
    )
    # Amounts that a host set in its own currency do not apply to a rate in another one.
    own = policies if property_.host.currency == rate.currency else []
    least, max_minor = _first(own, "least_minor"), _first(own, "most_minor")
    if least is None:
        least = _minimum_minor(rate, standard.least_minor, full_minor=full)
    if max_minor is None:
        max_minor = max(standard.most_minor, _round_up(typical, currency=rate.currency))
    return _Terms(
        energy_kwh=energy,
        estimate_minor=full,
        least_minor=least,
        most_minor=max(max_minor, least),
        extends=_limit_action(policies) == HoldPolicy.AtLimit.EXTEND,
    )


def _first(policies: list[HoldPolicy], name: str) -> int | None:
    return next((value for policy in policies if (value := getattr(policy, name)) is not None), None)


def _minimum_minor(rate: Rate, usual_minor: int, *, full_minor: int) -> int:
    """Returns the default minimum, but where charging is cheap at most twice a full charge plus an hour of
    idle time.
    """
    if not full_minor:
        return usual_minor
    idle = min(60 * rate.idle.per_min, rate.idle.cap or _NO_LIMIT) if rate.idle else Decimal(0)
    idle_minor = money.round_half_away(money.exact_minor(idle, currency=rate.currency))
    return min(usual_minor, _round_up(2 * full_minor + idle_minor, currency=rate.currency))


def _policies(property_: Property) -> list[HoldPolicy]:
    """Returns the property's policy, then its host's."""
    rows = HoldPolicy.objects.filter(host=property_.host_id)
    return sorted(
        (row for row in rows if row.property_id in {None, property_.pk}), key=lambda row: row.property_id is None
    )


def _limit_action(policies: list[HoldPolicy]) -> str:
    return policies[0].at_limit if policies else str(settings.HOLD_AT_LIMIT)


def _round_up(amount_minor: int, *, currency: str) -> int:
    """Rounds up to a round amount: 25 USD, 340 SEK, 11500 HUF, 4900 JPY, 2.5 KWD."""
    magnitude = money.everyday_unit(currency).log10().to_integral_value(ROUND_FLOOR)
    step = max(int(money.exact_minor(Decimal(10) ** magnitude, currency=currency)), 1)
    return -(-amount_minor // step) * step
