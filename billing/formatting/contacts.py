"""Masks people's e-mail addresses."""


def mask_address(address: str) -> str:
    """Returns an e-mail address as shown to hosts: k…@example.com. They need not know who their guests are."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}" if domain else ""
