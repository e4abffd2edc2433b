"""What the tests of metrics.state and metrics.views share."""

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

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


def families(**headers):
    answer = Client().get("/metrics", **headers)
    assert answer.status_code == 200
    return {family.name: family for family in text_string_to_metric_families(answer.content.decode())}
