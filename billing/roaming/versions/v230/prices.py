"""Converts prices from 2.2.1 to OCPI 2.3.0 (9.3, 10.3, 11.3). Pure."""

from collections.abc import Mapping
from typing import Any, Final

Body = dict[str, Any]
_COSTS: Final = ("total_cost", "total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost")


def session(body: Body, _location: Mapping[str, Any] | None) -> Body:
    return body | ({"total_cost": _price(body["total_cost"])} if "total_cost" in body else {})


def cdr(body: Body, _location: Mapping[str, Any] | None) -> Body:
    return body | {name: _price(body[name]) for name in _COSTS if name in body}


def tariff(body: Body) -> Body:
    """Returns the tariff. Prices may contain taxes; those are stored in `_v230`."""
    limits = {name: _limit(body[name]) for name in ("min_price", "max_price") if name in body}
    return {**body, **body["_v230"], **limits}


def _price(price: Mapping[str, Any]) -> Body:
    """Returns a price with a list of its taxes."""
    taxes = price.get("_taxes")
    return {"before_taxes": price["excl_vat"]} | ({"taxes": taxes} if taxes else {})


def _limit(price: Body) -> Body:
    after = {"after_taxes": price["incl_vat"]} if "incl_vat" in price else {}
    return {"before_taxes": price["excl_vat"], **after}
