"""Which rate holds and why, versions that are planned, and the decision on a held session."""

from tests.kit.callers import Callers, rate

__all__ = ["rate"]


def test_it_plans_a_version_and_refuses_one_in_the_past(callers: Callers, rate):
    dearer = {"energy": [{"name": "all day", "price": "0.99"}]}
    address = f"rates/{rate.rate_id}/versions/"

    past = callers.owner.post(address, {"definition": dearer, "valid_from": "2020-01-01T00:00:00Z"})
    planned = callers.owner.post(address, {"definition": dearer, "valid_from": "2199-01-01T00:00:00Z"})
    told = callers.owner.get(f"rates/{rate.rate_id}/").json()

    assert (past.status_code, past.json()["errors"][0]["path"]) == (400, "valid_from")
    assert (planned.status_code, planned.json()["valid_from"]) == (201, "2199-01-01T00:00:00Z")
    assert (told["newest"]["number"], told["in_force"]) == (2, 1)


def test_it_tells_what_is_doubtful_about_new_prices(callers: Callers, rate):
    day = {"energy": [{"name": "day", "price": "0.40", "from": "06:00", "to": "22:00"}]}

    made = callers.owner.post("rates/", {"name": "Day", "definition": day}).json()
    version = callers.owner.post(f"rates/{rate.rate_id}/versions/", {"definition": day}).json()
    shown = callers.owner.get(f"rates/{rate.rate_id}/").json()

    [finding] = made["newest"]["findings"]
    assert (finding["code"], finding["severity"]) == ("gap", "warn")
    assert finding["what"].startswith("No price per kWh holds on Mon")
    assert version["findings"] == shown["newest"]["findings"] == [finding]
