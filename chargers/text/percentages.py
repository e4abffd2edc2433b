"""Shares in percent, rounded for people; pure."""

from decimal import ROUND_HALF_UP, Decimal


def rounded(part: int, whole: int, *, digits: int) -> Decimal | None:
    """Half away from zero, except that 100 means all and 0 means none. None of nothing."""
    if whole <= 0:
        return None
    step = Decimal(1).scaleb(-digits)
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(step, rounding=ROUND_HALF_UP)
    if part < whole:
        share = min(share, Decimal(100) - step)
    return max(share, step) if part > 0 else share
