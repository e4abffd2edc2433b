"""Filters for facts about chargers: see `chargers.formatting`."""

from django import template

from chargers.commands import wording
from chargers.formatting import phrases, quantities

register = template.Library()
register.filter(quantities.clock)
register.filter(quantities.kilowatt_hours)
register.filter(quantities.kilowatt_hours_short)
register.filter(quantities.kilowatts)
register.filter(quantities.format_elapsed)
register.filter(quantities.moment)
register.filter(quantities.with_zone, expects_localtime=True)
register.filter(wording.command_answer)
register.filter(wording.command_request)
register.filter(wording.command_title)
register.filter(wording.next_step)
register.filter(phrases.actor_name)
register.filter(phrases.clock_sentence)
register.filter(phrases.command_kind)
register.filter(phrases.command_word)
register.filter(phrases.licence_sentence)
register.filter(phrases.plug_name)
