"""Recovers a session whose link is lost: the link is mailed to the address on file, and never shown."""

import re
import uuid

import pytest
from django.test import Client

from billing import tasks
from tests.kit.guest import guest, pay, station

__all__ = ["guest", "station"]


@pytest.mark.parametrize(
    ("server", "told"),
    [("smtp://mail.example:25", "its link is on its way there"), ("", "a mail with its link was written")],
)
def test_it_says_where_the_mail_of_a_lost_link_is(db, settings, server, told):
    settings.EMAIL_URL = server

    answer = Client(REMOTE_ADDR=f"test-{uuid.uuid4()}").post("/charge/lost", {"email": "lee@example.com"})

    assert told in answer.content.decode()
    assert ("each mail is a file" in answer.content.decode()) == (not server)


def test_a_stranger_learns_nothing_from_asking_for_a_link(station, guest, mailoutbox):
    pay(guest, station)
    stranger = Client(REMOTE_ADDR=f"test-{uuid.uuid4()}")

    known = stranger.post("/charge/lost", {"email": "guest@example.com"}).content.decode()
    unknown = stranger.post("/charge/lost", {"email": "other@example.com"}).content.decode()
    tasks.send_mails()

    tokenless = re.compile(r'(csrfmiddlewaretoken" value|X-CSRFToken": )[^>]*')
    assert tokenless.sub("", known).replace("guest@", "other@") == tokenless.sub("", unknown)
    assert [mail.to for mail in mailoutbox] == [["guest@example.com"]]


def test_lost_links_are_limited_by_source_and_by_address(station):
    asker = Client(REMOTE_ADDR=f"test-{uuid.uuid4()}")
    victim = f"{uuid.uuid4()}@example.com"

    answers = [asker.post("/charge/lost", {"email": victim}).status_code for _ in range(4)]

    assert answers == [200, 200, 200, 429]
