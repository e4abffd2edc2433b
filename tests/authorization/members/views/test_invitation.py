"""The page behind an invitation's link: sets a first password, or joins with the account that there is."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import Invitation
from authorization.people import members
from tests.kit.people_pages import text_of
from tests.kit.world import PASSWORD

pytestmark = pytest.mark.fresh_log_in


def without_csrf(response) -> str:
    return re.sub(r"\b\w{64}\b", "", text_of(response))


def test_the_page_of_an_invitation_does_not_tell_whether_the_address_has_an_account(world, client_of):
    pages = []
    for email in ("stranger@example.com", "nobody-yet@example.com"):
        invited = members.invite(world.host, email=email, role="operator", by=world.owner, now=datetime.now(tz=UTC))
        link = f"/invitation/{invited.secret}/"
        texts = [without_csrf(client.get(link)) for client in (Client(), client_of(world.teammate))]
        pages += [text.replace(invited.secret, "SECRET") for text in texts]

    anonymous, inside, anonymous_new, inside_new = [page.replace("nobody-yet@", "stranger@") for page in pages]
    assert anonymous == anonymous_new
    assert inside == inside_new


def test_an_invitation_sets_no_password_of_an_account_that_has_one(world):
    invited = members.invite(
        world.host, email="stranger@example.com", role="operator", by=world.owner, now=datetime.now(tz=UTC)
    )

    page = Client().post(f"/invitation/{invited.secret}/", {"password": "a battery of horses"})

    assert "No password can be chosen here" in text_of(page)
    world.stranger.refresh_from_db()
    assert world.stranger.check_password(PASSWORD)
    assert Invitation.objects.get(pk=invited.invitation.pk).used_at is None


@pytest.mark.parametrize("end", ["used_at", "withdrawn_at", "expires_at"])
def test_an_ended_invitation_shows_what_a_guessed_one_shows(world, end):
    now = datetime.now(tz=UTC)
    invited = members.invite(world.host, email="stranger@example.com", role="operator", by=world.owner, now=now)
    Invitation.objects.filter(pk=invited.invitation.pk).update(**{end: now - timedelta(seconds=1)})

    pages = [Client().get(f"/invitation/{secret}/") for secret in (invited.secret, "nobody-has-this")]

    assert [page.status_code for page in pages] == [404, 404]
    assert without_csrf(pages[0]) == without_csrf(pages[1])
