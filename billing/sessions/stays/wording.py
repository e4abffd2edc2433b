"""A stay in words: the guest's first name, and its times on the property's clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorization.models import Stay


def first_name(stay: Stay) -> str:
    """Empty where the booking has no name."""
    return next(iter(stay.guest_name.split()), "")


def moment(at: datetime, stay: Stay) -> str:
    """Day, month and time in the language of the moment: 3 December, 13:00."""
    return date_format(at.astimezone(ZoneInfo(stay.property.time_zone)), _("j F, H:i"))
