"""The pages that `make pictures` takes are pages of ours."""

from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from backoffice.demo import HOST_LOGIN
from tests.kit import pictures

ADDRESSES = [
    *pictures.HOST_PAGES.values(), *pictures.PUBLIC_PAGES.values(), *(page for page, _ in pictures.LINKED.values())
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_picture_has_its_page(address):
    assert resolve(urlsplit(address).path)


def test_they_are_forty_or_more_and_the_demo_knows_the_log_in():
    assert len(set(ADDRESSES)) >= 40
    assert pictures.LOGIN == HOST_LOGIN
