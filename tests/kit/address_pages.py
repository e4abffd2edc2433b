"""What the tests of accounts.addresses, people.rate_limit and views.address share."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh(settings):
    cache.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
