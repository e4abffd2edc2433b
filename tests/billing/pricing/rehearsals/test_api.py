"""The rehearsal of a rate by API: run, read again, and refused with the place of what is wrong."""

from billing.models import Rate
from tests.kit.callers import Api, make_key
from tests.kit.charging import YESTERDAY
from tests.kit.rates_pages import billed

__all__ = ["billed"]
MONTH = f"{YESTERDAY:%Y-%m}"


def test_the_api_rehearses_too(billed):
    api = Api(make_key(billed.host))
    path = f"rates/{Rate.objects.get().pk}/rehearsal/"
    assert api.get(path).status_code == 404

    made = api.post(path, {"definition": {"energy": [{"name": "x", "price": "0.50"}]}, "month": MONTH})

    assert made.status_code == 201
    assert made.json()["result"]["difference_minor"] == 100
    assert api.get(path).json() == made.json()
    wrong = api.post(path, {"definition": {"energy": []}})
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (400, "definition.energy")
    assert api.post(path, {"version": 7}).status_code == 400
