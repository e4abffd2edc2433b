"""Per-row isolation for the work of billing: see `chargers.rounds`."""

from chargers.rounds import each, each_of

__all__ = ["each", "each_of"]
