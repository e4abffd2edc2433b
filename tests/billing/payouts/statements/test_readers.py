"""The members to whom a host's statements are sent: those who see money and asked for it."""

import pytest

from authorization.models import Membership, User
from billing.models import OutgoingMail
from billing.payouts.statements import readers
from tests.kit.files import day, known, made

__all__ = ["known"]
pytestmark = pytest.mark.django_db


def test_who_asked_for_it_gets_it_and_nobody_else(known):
    asked, left, other = (User.objects.create_user(email=f"{name}@example.com") for name in ("a", "b", "c"))
    for user, role in ((asked, "finance"), (left, "operator"), (other, "owner")):
        Membership.objects.create(user=user, host=known.host, role=role)
    readers.begin(asked, known.host, now=day(1, 1))
    readers.begin(left, known.host, now=day(1, 1))

    statement = made(known)

    [outgoing] = OutgoingMail.objects.filter(statement=statement)
    assert (outgoing.address, outgoing.subject) == ("a@example.com", "Statement of January 2026: Sunset")
    assert "Closing balance: $57.20" in outgoing.text
