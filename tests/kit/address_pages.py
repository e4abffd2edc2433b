"""What the tests of accounts.addresses, people.rate_limit and views.address share."""

import pytest


@pytest.fixture(autouse=True)
def _fresh(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
