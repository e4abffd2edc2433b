"""The last four digits of a guest's phone: a keyed hash of them is all that is stored of it."""

from django.utils.crypto import salted_hmac


def keyed(connection_pk: int | None, key: str, last4: str) -> str:
    """The hash of the digits for one booking alone; empty without digits."""
    if not last4:
        return ""
    return salted_hmac("stays.phone", f"{connection_pk}:{key}:{last4}", algorithm="sha256").hexdigest()
