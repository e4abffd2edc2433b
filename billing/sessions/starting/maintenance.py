"""Texts for guests about maintenance of a charger, before and during it, in the property's time zone."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from billing.formatting import times
from chargers.availability import maintenance
from chargers.models import Charger, Maintenance


def notice(charger: Charger, *, now: datetime) -> str:
    """Returns the notice of future or warning-only maintenance; empty if there is none, or if it prevents
    starts now.
    """
    row = maintenance.find_announced(charger.pk, now=now)
    if row is None:
        return ""
    is_now = maintenance.is_in_force(row, now=now)
    if is_now and row.refuses_starts:
        return ""
    with timezone.override(charger.property.time_zone):
        values = {"begin": times.when_short(row.begins_at), "end": times.when_short(row.ends_at), "reason": row.reason}
        if is_now:
            return _("Maintenance until %(end)s (%(reason)s). Charging may stop.") % values
        return _("Maintenance from %(begin)s to %(end)s: %(reason)s") % values


def title(row: Maintenance, charger: Charger, *, now: datetime) -> str:
    """Returns the prompt's title while nobody can start, with the day if it does not end today."""
    with timezone.override(charger.property.time_zone):
        is_today = timezone.localtime(row.ends_at).date() == timezone.localtime(now).date()
        end = times.time_of_day(row.ends_at) if is_today else times.when_short(row.ends_at)
        return _("Maintenance until %(end)s") % {"end": end}


def refusal(charger: Charger, *, now: datetime) -> str:
    """Returns why nobody can start now, as a sentence; empty if starts are possible."""
    row = maintenance.find_refusing(charger.pk, now=now)
    return f"{title(row, charger, now=now)}: {row.reason}" if row else ""
