"""Card processors behind one protocol, a folder for each, with a `PROCESSOR` that tells how to use it."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from django.conf import settings

from billing.payments.processors.entry import KnownProcessor
from billing.payments.processors.protocol import Processor
from billing.payments.processors.simulated import SimulatedProcessor

SIMULATED = SimulatedProcessor.name


def collect() -> dict[str, KnownProcessor]:
    """Returns the processors that the folders of this package declare, by name."""
    folders = [module.name for module in iter_modules(__path__) if module.ispkg]
    return {name: import_module(f"{__name__}.{name}").PROCESSOR for name in folders}


ALL: Mapping[str, KnownProcessor] = collect()


def default() -> str:
    """Returns the name of the processor for new holds: CARD_PROCESSOR."""
    return str(settings.CARD_PROCESSOR)


def processor(name: str = "") -> Processor:
    """Returns the processor by its name in `Hold.processor`; without a name the default."""
    processor_name = name or default()
    entry = ALL.get(processor_name)
    if entry is None or not entry.is_set_up:
        needed = " and ".join(["CARD_PROCESSOR", *(entry.settings if entry else ())])
        raise LookupError(f"There is no card processor {processor_name!r} here: see {needed}.")
    return entry.make()
