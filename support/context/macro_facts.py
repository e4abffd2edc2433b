"""The values of macro placeholders for one ticket."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from billing.formatting import times
from billing.formatting.money import money
from support.context import suggestions
from support.context.facts import Context
from support.context.suggestions import Suggestion


def collect(context: Context, suggestion: Suggestion | None) -> dict[str, str]:
    """Returns the values by name, in the language of the person who reads the reply; empty where unknown."""
    ticket, session, charger = context.ticket, context.session, context.charger
    rating = context.money.rating if context.money else None
    property_ = session.property if session else ticket.property
    with (
        translation.override(ticket.language),
        timezone.override(ZoneInfo(property_.time_zone if property_ else "UTC")),
    ):
        return {
            "reference": ticket.label,
            "station": charger.station_id if charger else "",
            "property": property_.name if property_ else "",
            "state": _(context.condition.word) if context.condition else "",
            "date": times.format_moment(session.started_at or session.opened_at) if session else "",
            "amount": money(rating.total_minor, rating.currency) if rating else "",
            "breakdown": suggestions.explain_bill(session, rating) if session and rating else "",
            "reason": suggestion.reply.partition("\n\n")[0] if suggestion else "",
            "next_steps": suggestion.reply.partition("\n\n")[2] if suggestion else "",
            "link": f"{settings.PUBLIC_BASE_URL}{reverse('help:ticket', args=[ticket.secret])}",
        }
