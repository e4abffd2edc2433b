"""What the tests of acts.tokens, tokens.revocation and views.token share."""

import pytest


@pytest.fixture
def page(world):
    return f"/authorization/tokens/{world.member.pk}/"


def text_of(response) -> str:
    return response.content.decode()
