"""How long pages and API requests take, by the name of their address."""

import pytest
from django.test import Client

from tests.kit.metrics_pages import _read_anew, families, token

__all__ = ["_read_anew", "token"]
pytestmark = pytest.mark.django_db
LOCAL = {"HTTP_HOST": "127.0.0.1:8000"}


def test_addresses_that_strangers_make_up_make_no_label():
    for number in range(3):
        Client().get(f"/no-such-page-{number}/")

    views = {sample.labels["view"] for sample in families(**LOCAL)["http_request_seconds"].samples}

    assert not any("no-such-page" in view for view in views)
    assert "none" in views
