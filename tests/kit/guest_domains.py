"""A host's own domain, in use, and a resolver that leads such names to this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from django.core.cache import cache

from billing.models import GuestDomain
from chargers.models import Host

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
NAME = "charge.hotel.example"


def use(host: Host, name: str = NAME, *, is_former: bool = False) -> GuestDomain:
    """The domain as after its check."""
    made = GuestDomain.objects.create(
        host=host,
        name=name,
        token=f"t-{name}",
        added_at=NOON,
        confirmed_at=NOON,
        removed_at=NOON if is_former else None,
    )
    cache.clear()
    return made


@contextmanager
def leading_here(name: str = NAME) -> Iterator[None]:
    """What a DNS entry does: the name has the address of this machine; all else is as before."""
    real = socket.getaddrinfo

    def resolved(host: Any, *args: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host == name else host, *args, **named)

    with patch("socket.getaddrinfo", resolved):
        yield
