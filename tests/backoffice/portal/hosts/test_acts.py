"""Hosts: a new one, and what one states for its receipts and its guests' cards: the company, how much is held."""

import re

import pytest

from authorization.models import AuditEntry
from backoffice.portal.hosts import acts as host_acts
from chargers.models import Host, Property
from tests.kit import charging
from tests.kit.page_text import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
PAGE = "/company/sunset/"
SAID = {"legal_name": "Sunset Stays LLC", "legal_address": "1 Boardwalk", "tax_number": "91-1144442"}


def test_the_currency_follows_the_country_until_money_moves(world, client_of):
    client = client_of(world.owner)

    client.post(PAGE, SAID | {"country": "NL", "tax_number": "NL004495445B01"})
    host = Host.objects.get(slug="sunset")
    assert (host.country, host.currency) == ("NL", "EUR")
    entry = AuditEntry.objects.get()
    assert (entry.before["currency"], entry.after["currency"]) == ("USD", "EUR")

    client.post(PAGE, SAID | {"country": "US"})
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    charging.guest(world.charger)
    assert re.search(r'<select name="country"[^>]* disabled', html_of(client.get(PAGE)))
    client.post(PAGE, SAID | {"country": "NL"})
    host.refresh_from_db()
    assert (host.country, host.currency) == ("US", "USD")
    host.country = "NL"
    with pytest.raises(host_acts.HostError, match="money has moved"):
        host_acts.change_company(host, by=world.owner, now=charging.YESTERDAY)
