"""Names of time zones at a moment, as pages write them. Pure."""

from datetime import datetime, timedelta


def name(local: datetime) -> str:
    """Returns the local abbreviation of the zone, or the difference to UTC if there is none."""
    abbreviation = local.tzname() or "UTC"
    return abbreviation if abbreviation[:1].isalpha() else utc_difference(local)


def utc_difference(local: datetime) -> str:
    """Returns the difference to UTC: UTC−3, UTC+5:45; UTC itself."""
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, remaining_min = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{remaining_min:02}' if remaining_min else ''}"
