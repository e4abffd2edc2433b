"""The state of chargers, queues and money, read when Prometheus asks: one short statement for each family."""

from pathlib import Path

import pytest

from backoffice.metrics import state
from tests.kit.metrics_pages import _read_anew, token

__all__ = ["_read_anew", "token"]
pytestmark = pytest.mark.django_db


def test_every_name_is_documented():
    text = (Path(__file__).resolve().parents[3] / "docs" / "metrics.md").read_text()
    names = {family.name for family in state.FAMILIES} | {"metrics_family_up", "tasks_waiting", "disk_free_bytes"}
    names |= {
        "ocpp_messages", "journal_commit_seconds", "journal_batch_size", "gateway_connections",
        "authorization_decisions", "http_request_seconds", "task_seconds",
    }  # fmt: skip

    assert {name for name in names if f"`{name}" not in text} == set()
