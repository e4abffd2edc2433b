"""The last four digits of a guest's phone, stored only as a keyed hash."""

from django.utils.crypto import salted_hmac


def hash_for_booking(connection_pk: int | None, key: str, last4: str) -> str:
    """Returns a hash of the digits that is valid for one booking only; empty without digits."""
    if not last4:
        return ""
    return salted_hmac("stays.phone", f"{connection_pk}:{key}:{last4}", algorithm="sha256").hexdigest()
