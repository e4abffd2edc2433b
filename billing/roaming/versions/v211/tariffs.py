"""Converts a Tariff from 2.2.1 to OCPI 2.1.1 (11.3). Pure."""

from typing import Any, Final

Body = dict[str, Any]
_GONE: Final = frozenset(
    ("country_code", "party_id", "type", "min_price", "max_price", "start_date_time", "end_date_time")
)
_UNKNOWN_RESTRICTIONS: Final = frozenset(("min_current", "max_current", "reservation"))
_MAX_ALT_TEXT: Final = 512


def tariff(body: Body) -> Body:
    """Returns the tariff without party, VAT and limits, which are added as text."""
    tariff_body = {name: value for name, value in body.items() if name not in _GONE}
    tariff_body["elements"] = [_element(element) for element in body["elements"]]
    limits = [
        f"A session costs at {word} {body[name]['excl_vat']} {body['currency']} without tax."
        for name, word in (("min_price", "least"), ("max_price", "most"))
        if name in body
    ]
    if limits:
        text = " ".join([*(entry["text"] for entry in body.get("tariff_alt_text", [])), *limits])
        tariff_body["tariff_alt_text"] = [{"language": "en", "text": text[:_MAX_ALT_TEXT]}]
    return tariff_body


def _element(element: Body) -> Body:
    components = [
        {name: value for name, value in component.items() if name != "vat"} for component in element["price_components"]
    ]
    restrictions = {
        name: value for name, value in element.get("restrictions", {}).items() if name not in _UNKNOWN_RESTRICTIONS
    }
    return {"price_components": components} | ({"restrictions": restrictions} if restrictions else {})
