"""Filters for facts about chargers: see `chargers.formatting`."""

from django import template

from chargers.commands import wording
from chargers.formatting import quantities, words

register = template.Library()
register.filter(quantities.clock)
register.filter(quantities.kilowatt_hours)
register.filter(quantities.kilowatt_hours_short)
register.filter(quantities.kilowatts)
register.filter(quantities.format_elapsed)
register.filter(quantities.moment)
register.filter(quantities.zone_name)
register.filter(wording.command_answer)
register.filter(wording.command_request)
register.filter(wording.command_title)
register.filter(wording.next_step)
register.filter(words.actor_name)
register.filter(words.clock_sentence)
register.filter(words.command_kind)
register.filter(words.command_word)
register.filter(words.licence_sentence)
register.filter(words.plug_name)
