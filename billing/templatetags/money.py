"""Filters for amounts, quantities and masked addresses: see `billing.formatting`."""

from django import template

from billing.formatting import contacts, money

register = template.Library()
register.filter(money.money)
register.filter(contacts.mask_address)
register.filter(money.price)
register.filter(money.amounts)
register.filter(money.digits)
register.filter(money.rate_digits)
register.filter(money.kwh)
