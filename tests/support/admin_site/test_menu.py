"""The admin by subject: every model stands somewhere, once."""

from collections import Counter
from typing import Any

from django.apps import apps
from django.test import RequestFactory

from support.admin_site import menu


def app(label: str, *models: str) -> dict[str, Any]:
    return {"app_label": label, "models": [{"object_name": name, "name": name.lower()} for name in models]}


def test_models_stand_under_their_subject_in_its_order():
    groups = menu.group_by_subject([app("support", "Macro", "Ticket"), app("chargers", "Charger")])

    names = {group["name"]: [model["object_name"] for model in group["models"]] for group in groups}
    assert names["Tickets"] == ["Ticket", "Macro"]
    assert names["Hosts and chargers"] == ["Charger"]
    assert names["Drivers"] == []


def test_what_has_no_subject_stands_last_by_its_name():
    *_, last = menu.group_by_subject([app("billing", "Zebra", "Apple", "Session")])

    assert (last["name"], last["is_rest"]) == (menu.RECORDS, True)
    assert [model["object_name"] for model in last["models"]] == ["Apple", "Zebra"]


def test_every_label_is_a_model_and_stands_once():
    labels = [label for listed in menu.SUBJECTS.values() for label in listed]

    assert [label for label, count in Counter(labels).items() if count > 1] == []
    assert all(apps.get_model(label) for label in labels)


def test_the_sidebar_opens_with_tickets_and_leads_to_lists():
    first, *others = menu.navigation(RequestFactory().get("/admin/"))

    assert (first["title"], first["collapsible"]) == ("Tickets", False)
    assert all(section["collapsible"] for section in others)
    assert first["items"][0] == {
        "title": "Tickets", "link": "/admin/support/ticket/", "icon": "support_agent",
    }  # fmt: skip
    assert all(item["icon"] == "" for section in (first, *others) for item in section["items"][1:])
