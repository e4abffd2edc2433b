"""Acts on a user's own account: confirming an address, using a link for a second factor."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.accounts import addresses, enrolment
from authorization.accounts.addresses import Change
from authorization.models import User


def confirm_address(change: Change, *, now: datetime) -> User:
    """Stores the address that the link proves. Raises AddressError."""
    with transaction.atomic():
        user = addresses.confirm(change, now=now)
        subject = audit.Subject("user", user.pk, user.email)
        before, after = {"email": change.old}, {"email": change.new}
        audit.write("user.address_confirmed", subject, user=user, now=now, before=before, after=after)
    return user


def use_enrolment_link(secret: str, *, user: User, now: datetime) -> None:
    """Uses up the enrolment link. Raises EnrolmentError."""
    with transaction.atomic():
        enrolment.use_link(secret, user=user, now=now)
        audit.write("user.enrolment_link_used", audit.Subject("user", user.pk, user.email), user=user, now=now)
