"""Addresses of people as others see them."""


def masked(address: str) -> str:
    """An e-mail address as hosts see it: k…@example.com. They need not know who their guests are."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}" if domain else ""
