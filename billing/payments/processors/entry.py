"""What each folder of a card processor declares."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from billing.payments.processors.protocol import Processor


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProcessor:
    """A card processor.

    `name` is its folder's: it is stored with each hold, and used in the URL of its events and the names of its
    settings.
    """

    name: str
    title: str
    make: Callable[[], Processor]
    """Makes the processor. It may load the processor's library, so that only its users load it."""
    signature_header: str
    """The header with the signature of its events."""
    settings: tuple[str, ...] = ()
    """Settings without which it cannot be called."""
    event_settings: tuple[str, ...] = ()
    """Settings without which its events cannot be verified."""
    moves_money: Callable[[], bool]
    """Whether it takes real money with the current settings."""

    @property
    def is_set_up(self) -> bool:
        return all(getattr(settings, name, "") for name in self.settings)

    @property
    def takes_events(self) -> bool:
        return self.is_set_up and all(getattr(settings, name, "") for name in self.event_settings)
