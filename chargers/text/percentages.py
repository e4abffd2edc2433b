"""Rounds percentages for display; pure."""

from decimal import ROUND_HALF_UP, Decimal


def round_share(part: int, whole: int, *, digits: int) -> Decimal | None:
    """Rounds half away from zero, but returns 100 only for all and 0 only for none. None if `whole` is zero."""
    if whole <= 0:
        return None
    step = Decimal(1).scaleb(-digits)
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(step, rounding=ROUND_HALF_UP)
    if part < whole:
        share = min(share, Decimal(100) - step)
    return max(share, step) if part > 0 else share
