"""Filters for moments and durations: see `billing.formatting.times`."""

from django import template

from billing.formatting import times

register = template.Library()
register.filter(times.format_moment)
register.filter(times.format_with_utc_offset)
register.filter(times.when_short)
register.filter(times.to_the_second)
register.filter(times.time_of_day)
register.filter(times.day)
register.filter(times.format_duration)
register.filter(times.when_in)
register.filter(times.to_the_second_in)
register.filter(times.day_in)
