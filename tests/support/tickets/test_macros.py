"""Stored texts for replies."""

import pytest

from support.models import Macro
from support.tickets import macros
from tests.kit.tickets import opened


def test_it_fills_placeholders_and_marks_what_is_not_known():
    text = macros.render("Station {station}: {reason}. {nothing} {Station}", {"station": "SUN001", "reason": ""})

    assert text == "Station SUN001: […]. […] {Station}"


def test_a_value_is_never_read_as_a_placeholder():
    assert macros.render("{property}", {"property": "{reason}", "reason": "secret"}) == "{reason}"


@pytest.mark.django_db
def test_it_offers_those_of_the_topic_first():
    Macro.objects.all().delete()
    Macro.objects.create(name="Anything", text="x")
    Macro.objects.create(name="Refund", text="x", topic=4)
    Macro.objects.create(name="Offline", text="x", topic=1)

    assert [one.name for one in macros.list_for_ticket(opened(topic=4))] == ["Refund", "Anything"]
