"""Differences of late stops by API: shown, billed as shown, and decided once."""

import pytest

from authorization.models import AuditEntry
from tests.kit.callers import Api, make_key
from tests.kit.sessions_pages import late

__all__ = ["late"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_agent", [True, False])
def test_a_program_shows_and_bills_it(world, late, is_agent):
    api, path = Api(make_key(None if is_agent else world.host)), f"sessions/{late.pk}/difference/"

    shown = api.get(path).json()
    wrong = api.post(path, {"decision": "bill", "difference_minor": 1})
    without = api.post(path, {"decision": "bill"})
    done = api.post(path, {"decision": "bill", "difference_minor": 120})
    again = api.post(path, {"decision": "leave"})

    assert (shown["outcome"], shown["difference_minor"], shown["rows"][-1]["after_minor"]) == ("not_billed", 120, 1020)
    assert "has changed" in wrong.json()["detail"]
    assert without.status_code == 400
    assert (done.status_code, done.json()["outcome"], done.json()["difference_minor"]) == (200, "billed", None)
    assert "decided this already" in again.json()["detail"]
    assert AuditEntry.objects.get(verb="session.difference_billed").actor.startswith("api:")
