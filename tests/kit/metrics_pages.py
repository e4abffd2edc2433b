"""What the tests of metrics.state and metrics.views share."""

import pytest

from backoffice.metrics import state


@pytest.fixture(autouse=True)
def _read_anew():
    state.forget()
    yield
    state.forget()


@pytest.fixture(autouse=True)
def token(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.METRICS_TOKEN = "a-long-token"
    return "a-long-token"
