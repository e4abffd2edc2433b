"""Writes a rate as the stored tariff (OCPI 2.2.1 11.3.1), and that in a partner's version. Pure."""

from typing import Any, Final

from authorization.roaming.transport.routing import Party
from billing.engine.rate.tariff import Rate, TaxMode
from billing.roaming.publication import bodies
from billing.roaming.tariffs import elements
from billing.roaming.versions.entry import KnownVersion

Body = dict[str, Any]
_MAX_ALT_TEXT: Final = 512


def build_tariff(rate: Rate, *, tariff_id: str, party: Party) -> Body:
    """Returns the tariff of 2.2.1 without its time; `_v230` holds what 2.3.0 and later write, since prices may contain
    taxes there.
    """
    tariff_elements = elements.of_rate(rate)
    text = " ".join(tariff_elements.alt_text)
    optional: Body = {"tariff_alt_text": [{"language": "en", "text": text[:_MAX_ALT_TEXT]}]} if text else {}
    if tariff_elements.min_price:
        optional["min_price"] = tariff_elements.min_price
    if tariff_elements.max_price:
        optional["max_price"] = tariff_elements.max_price
    return {
        "country_code": party.country_code,
        "party_id": party.party_id,
        "id": tariff_id,
        "currency": rate.currency,
        "type": "REGULAR",
        **optional,
        "elements": tariff_elements.elements,
        "_v230": {"tax_included": _tax_included(rate), "elements": _select_v230_elements(rate, tariff_elements)},
    }


def tariff(body: Body, *, version: KnownVersion) -> Body:
    """Returns a stored tariff in this version."""
    return dict(bodies.public(version.tariff(body)))


def _tax_included(rate: Rate) -> str:
    if not rate.taxes.is_stated:
        return "N/A"
    return "YES" if rate.taxes.mode is TaxMode.INCLUSIVE else "NO"


def _select_v230_elements(rate: Rate, tariff_elements: elements.Elements) -> list[Body]:
    return tariff_elements.included if rate.taxes.mode is TaxMode.INCLUSIVE else tariff_elements.elements
