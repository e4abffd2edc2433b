"""A Location as OCPI 2.3.0 has it (8.3), made of the one of 2.2.1. Pure."""

from typing import Any

Body = dict[str, Any]


def location(body: Body) -> Body:
    """All that 2.3.0 added is optional; the number to call stands beside the location since."""
    return dict(body)
