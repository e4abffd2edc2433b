"""Card processors behind one protocol."""

from billing.processors.protocol import Processor
from billing.processors.simulated import SimulatedProcessor

DEFAULT = SimulatedProcessor.name


def processor(name: str = DEFAULT) -> Processor:
    """The processor of that name, as it stands in `Hold.processor`."""
    if name == SimulatedProcessor.name:
        return SimulatedProcessor()
    raise LookupError(f"There is no card processor {name!r}.")
