"""What each folder of a card processor declares."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from billing.payments.processors.protocol import Processor


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProcessor:
    """`name` is the folder's: it is stored with each hold, stands in the address of its events, and begins the names
    of its settings."""

    name: str
    title: str
    make: Callable[[], Processor]
    """It may load the processor's library, which only its users should pay for."""
    signature_header: str
    """Of its events."""
    settings: tuple[str, ...] = ()
    """Without these it cannot be asked."""
    event_settings: tuple[str, ...] = ()
    """Without these nothing that it reports can be believed."""
    moves_money: Callable[[], bool]
    """Whether what it takes is real money, as it is set up."""

    @property
    def is_set_up(self) -> bool:
        return all(getattr(settings, name, "") for name in self.settings)

    @property
    def takes_events(self) -> bool:
        return self.is_set_up and all(getattr(settings, name, "") for name in self.event_settings)
