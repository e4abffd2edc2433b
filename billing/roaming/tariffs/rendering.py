"""A tariff in each version (OCPI 2.2.1 11.3.1, 2.1.1 11.3, 2.3.0 11.3). Pure."""

from typing import Any, Final

from authorization.roaming.transport.routing import Party
from billing.engine.rate.tariff import Rate, TaxMode
from billing.roaming.partners.versions import Version
from billing.roaming.publication import bodies
from billing.roaming.tariffs import elements

Body = dict[str, Any]
_MOST_ALT_TEXT: Final = 512
_OLD_RESTRICTIONS: Final = frozenset(("min_current", "max_current", "reservation"))


def written(rate: Rate, *, tariff_id: str, party: Party) -> Body:
    """As 2.2.1 has it, without its time; beneath `_v230` what differs there, since prices may contain taxes."""
    made = elements.of_rate(rate)
    text = " ".join(made.alt_text)
    optional: Body = {"tariff_alt_text": [{"language": "en", "text": text[:_MOST_ALT_TEXT]}]} if text else {}
    if made.min_price:
        optional["min_price"] = made.min_price
    if made.max_price:
        optional["max_price"] = made.max_price
    return {
        "country_code": party.country_code,
        "party_id": party.party_id,
        "id": tariff_id,
        "currency": rate.currency,
        "type": "REGULAR",
        **optional,
        "elements": made.elements,
        "_v230": {"tax_included": _tax_included(rate), "elements": _in_230(rate, made)},
    }


def tariff(body: Body, *, version: Version) -> Body:
    """A stored tariff as this version writes it."""
    plain: Body = bodies.public(body)
    match version:
        case Version.V221:
            return plain
        case Version.V211:
            return _v211(plain)
        case Version.V230:
            changed = {name: _price_limit(plain[name]) for name in ("min_price", "max_price") if name in plain}
            return {**plain, **body["_v230"], **changed}


def _tax_included(rate: Rate) -> str:
    if not rate.taxes.is_stated:
        return "N/A"
    return "YES" if rate.taxes.mode is TaxMode.INCLUSIVE else "NO"


def _in_230(rate: Rate, made: elements.Elements) -> list[Body]:
    return made.included if rate.taxes.mode is TaxMode.INCLUSIVE else made.elements


def _price_limit(price: Body) -> Body:
    after = {"after_taxes": price["incl_vat"]} if "incl_vat" in price else {}
    return {"before_taxes": price["excl_vat"], **after}


def _v211(body: Body) -> Body:
    """No party, no VAT, no limits: those are said in words."""
    gone = {"country_code", "party_id", "type", "min_price", "max_price", "start_date_time", "end_date_time"}
    made = {name: value for name, value in body.items() if name not in gone}
    made["elements"] = [_element_211(element) for element in body["elements"]]
    limits = [
        f"A session costs at {word} {body[name]['excl_vat']} {body['currency']} without tax."
        for name, word in (("min_price", "least"), ("max_price", "most"))
        if name in body
    ]
    if limits:
        text = " ".join([*(entry["text"] for entry in body.get("tariff_alt_text", [])), *limits])
        made["tariff_alt_text"] = [{"language": "en", "text": text[:_MOST_ALT_TEXT]}]
    return made


def _element_211(element: Body) -> Body:
    components = [
        {name: value for name, value in component.items() if name != "vat"} for component in element["price_components"]
    ]
    restrictions = {
        name: value for name, value in element.get("restrictions", {}).items() if name not in _OLD_RESTRICTIONS
    }
    return {"price_components": components} | ({"restrictions": restrictions} if restrictions else {})
