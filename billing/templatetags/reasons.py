"""Filters for reasons of amounts and other stored sentences: see `billing.formatting`."""

from django import template

from billing.formatting import rating_reasons, stored_sentences

register = template.Library()
register.filter("why", rating_reasons.of_line)
register.filter(rating_reasons.notes)
register.filter(rating_reasons.render_stored)
register.filter(stored_sentences.local)
