"""A host's properties: opened, changed, closed, their units, and who may charge there."""

from authorization.models import AuditEntry
from chargers.models import Property

NEW = {"name": "Lake House", "time_zone": "America/New_York", "opening_hours": {"mon": ["08:00", "22:00"]}}


def test_a_property_is_opened_changed_and_closed(callers):
    opened = callers.owner.post("properties/", NEW)
    assert opened.status_code == 201
    assert opened.json()["slug"] == "lake-house"
    assert opened.json()["opening_hours"] == {"mon": ["08:00", "22:00"]}

    changed = callers.owner.patch("properties/lake-house/", {"city": "Albany", "access": "guest"}).json()
    assert (changed["city"], changed["access"], changed["name"]) == ("Albany", "guest", "Lake House")

    closed = callers.owner.post("properties/lake-house/closing/", {"reason": "Sold"}).json()
    assert closed["closed_at"] is not None
    assert callers.owner.delete("properties/lake-house/closing/").json()["closed_at"] is None
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == [
        "property.added", "property.edited", "property.access_changed", "property.closed", "property.reopened",
    ]  # fmt: skip


def test_a_fault_is_named_by_field_and_nothing_of_it_is_done(callers):
    answer = callers.owner.patch("properties/sunset-1/", {"access": "guest", "country": "XX"})

    assert answer.status_code == 400
    assert "country" in answer.text
    assert Property.objects.get(slug="sunset-1").access != "guest"
    assert callers.owner.patch("properties/sunset-1/", {}).status_code == 400
    assert callers.owner.post("properties/", {"name": "x", "time_zone": "Mars/Base"}).status_code == 400
    assert callers.owner.post("properties/sunset-1/closing/", {"reason": "x"}).status_code == 400
