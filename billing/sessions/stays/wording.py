"""Texts about a stay: the guest's first name, and its times in the property's time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorization.models import Stay


def first_name(stay: Stay) -> str:
    """Returns the guest's first name; empty if the booking has none."""
    return next(iter(stay.guest_name.split()), "")


def moment(at: datetime, stay: Stay) -> str:
    """Returns day, month and time in the active language: 3 December, 13:00."""
    return date_format(at.astimezone(ZoneInfo(stay.property.time_zone)), _("j F, H:i"))
