"""Drivers with an account."""

from datetime import UTC, datetime

from django.test import Client

from authorization.models import User
from billing.models import Driver
from billing.sessions.drivers import accounts

NOW = datetime.now(tz=UTC)


GOOD, POOR, ASKS = "4242424242424242", "4000008260003178", "4000002500003155"


def driver_of(email: str = "kim@example.com") -> Driver:
    user = User.objects.create_user(email, None, sees_portal=False, email_confirmed_at=NOW)
    return accounts.of_user(user, language="en", now=NOW)


def text_of(response) -> str:
    return response.content.decode()


def save(client: Client, card: str = GOOD):
    return client.post("/drive/cards/", {"card": card}, follow=True)
