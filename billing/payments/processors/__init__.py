"""Card processors behind one protocol, a folder for each, whose `PROCESSOR` says how it is reached."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from django.conf import settings

from billing.payments.processors.entry import KnownProcessor
from billing.payments.processors.protocol import Processor
from billing.payments.processors.simulated import SimulatedProcessor

SIMULATED = SimulatedProcessor.name


def collect() -> dict[str, KnownProcessor]:
    """What the folders of this package declare, by their names."""
    folders = [module.name for module in iter_modules(__path__) if module.ispkg]
    return {name: import_module(f"{__name__}.{name}").PROCESSOR for name in folders}


ALL: Mapping[str, KnownProcessor] = collect()


def default() -> str:
    """The name of the processor that new holds go to: CARD_PROCESSOR."""
    return str(settings.CARD_PROCESSOR)


def processor(name: str = "") -> Processor:
    """The processor of that name, as it stands in `Hold.processor`; without one the default."""
    chosen = name or default()
    entry = ALL.get(chosen)
    if entry is None or not entry.is_set_up:
        needed = " and ".join(["CARD_PROCESSOR", *(entry.settings if entry else ())])
        raise LookupError(f"There is no card processor {chosen!r} here: see {needed}.")
    return entry.make()
