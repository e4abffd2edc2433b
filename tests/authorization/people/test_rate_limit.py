"""How often somebody may do what costs us, or somebody else, something. Counted in Redis."""

import time

from django.core.cache import cache

from authorization.people import rate_limit
from tests.kit.address_pages import _fresh

__all__ = ["_fresh"]


def test_the_wait_grows_shorter():
    for _ in range(2):
        rate_limit.too_often("tries", subject="a", limit=1, within_s=300)
    cache.set("tries:a:ends", time.time() + 61, 300)

    assert 60 <= rate_limit.wait_s("tries", subject="a", within_s=300) <= 61
