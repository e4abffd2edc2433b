"""The formats of payment orders, as declared by the modules of `outgoing`."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from billing.payouts.bank_files import outgoing
from billing.payouts.bank_files.outgoing.format import KnownOrderFormat


def collect() -> dict[str, KnownOrderFormat]:
    """Collects the `FORMAT` of each module of `outgoing` by its name; formats for any currency come last.

    Raises ValueError if two have the same name.
    """
    modules = [import_module(f"{outgoing.__name__}.{module.name}") for module in iter_modules(outgoing.__path__)]
    declared: list[KnownOrderFormat] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    declared.sort(key=lambda order_format: (order_format.currencies is None, order_format.name))
    by_name = {order_format.name: order_format for order_format in declared}
    if len(by_name) < len(declared):
        raise ValueError("Two formats of payment orders have the same name.")
    return by_name


ALL: Mapping[str, KnownOrderFormat] = collect()


def for_currency(currency: str) -> list[KnownOrderFormat]:
    """Returns the formats for payments in this currency, starting with those for it alone."""
    return [order_format for order_format in ALL.values() if order_format.takes(currency)]
