"""Why an amount is what it is: see `billing.formatting.rating_reasons`."""

from django import template

from billing.formatting import rating_reasons

register = template.Library()
register.filter("why", rating_reasons.of_line)
register.filter(rating_reasons.notes)
register.filter(rating_reasons.stored)
