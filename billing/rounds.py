"""Per-row isolation for the work of billing: see `chargers.lib.batch`."""

from chargers.lib.batch import each, each_of

__all__ = ["each", "each_of"]
