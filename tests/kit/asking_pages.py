"""What the tests of tickets.views and views.asking share."""

from collections.abc import Callable

from django.test import Client

from authorization.models import User

ClientOf = Callable[[User], Client]


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")
