"""Requests to be let in at a private charger: asked by the one who stands there, answered once by its host."""

import pytest
from django.test import Client

from chargers.models import Command
from tests.kit.asking import answer, asked, private, text_of

__all__ = ["asked", "private"]
pytestmark = pytest.mark.django_db


def test_nobody_starts_before_the_answer_nor_after_the_end(private, asked, client_of):
    early = Client().post(f"/ask/{asked.secret}/start", {"port": "1"})
    answer(client_of(private.owner), asked, "grant", days="1")
    answer(client_of(private.owner), asked, "withdraw")
    late = Client().post(f"/ask/{asked.secret}/start", {"port": "1"})

    assert "The host has not let you in here yet." in text_of(early)
    assert "Your access has ended" in text_of(late)
    assert not Command.objects.exists()


def test_the_host_declines_and_they_are_told_so(private, asked, client_of):
    answer(client_of(private.owner), asked, "decline", answer="Only residents, sorry.")

    page = text_of(Client().get(f"/ask/{asked.secret}/"))
    assert "The owner said no" in page
    assert "Only residents, sorry." in page
