"""JSON bodies: each field takes its JSON type, nothing that looks like it, and no field that is not declared."""

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from authorization.rest import bodies
from authorization.rest.bodies import Body


class Window(Body):
    hour = serializers.IntegerField()


class Change(Body):
    name = serializers.CharField(required=False)
    price = serializers.DecimalField(max_digits=6, decimal_places=2, required=False)
    phases = serializers.IntegerField(required=False, allow_null=True)
    enabled = serializers.BooleanField(required=False)
    level = serializers.ChoiceField(choices=[1, 2], required=False)
    days = serializers.ListField(child=serializers.IntegerField(), required=False)
    rights = serializers.MultipleChoiceField(choices=["read", "write"], required=False)
    windows = Window(many=True, required=False)
    facts = serializers.DictField(child=Window(), required=False)
    label = serializers.CharField(read_only=True)


def errors_of(data: Any) -> dict[str, Any]:
    body = Change(data=data)
    assert not body.is_valid()
    return dict(body.errors)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", 5, "This is a text: write it in quotes."),
        ("price", 0.4, "This is a text: write it in quotes."),
        ("phases", "3", "This is a whole number: write it without quotes."),
        ("phases", True, "A valid integer is required."),
        ("enabled", "true", "Write true or false, without quotes."),
        ("enabled", 1, "Write true or false, without quotes."),
        ("level", "1", "This is a whole number: write it without quotes."),
        ("rights", "read", "Expected a list of items"),
    ],
)
def test_what_only_looks_like_the_type_is_refused(field: str, value: Any, message: str):
    assert message in str(errors_of({field: value})[field])


def test_of_a_list_the_items_that_are_wrong_are_named():
    assert errors_of({"days": [1, "2", 3]})["days"] == [
        [], ["This is a whole number: write it without quotes."], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        {"name": "Kim", "price": "0.40", "phases": 3, "enabled": False, "level": 2, "days": [1, 2]},
        {"phases": None},
        {"phases": 5.0},
        {},
    ],
)
def test_what_has_the_declared_type_is_taken(data: dict[str, Any]):
    body = Change(data=data)

    assert body.is_valid(), body.errors


def test_a_wrong_type_and_a_wrong_value_are_reported_together():
    errors = errors_of({"name": 5, "level": 7})

    assert set(errors) == {"name", "level"}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"nmae": "Kim"}, ["nmae"]),
        ({"label": "T-1"}, ["label"]),
        ({"windows": [{"hour": 1}, {"hours": 2}]}, ["windows", 1, "hours"]),
        ({"facts": {"monday": {"hours": 2}}}, ["facts", "monday", "hours"]),
    ],
)
def test_a_field_that_is_not_declared_is_named_where_it_stands(data: dict[str, Any], path: list[Any]):
    with pytest.raises(ValidationError) as caught:
        bodies.require_declared(Change, data)

    detail: Any = caught.value.detail
    for step in path:
        detail = detail[step]
    assert "There is no such field here." in str(detail)


def test_the_known_fields_are_named_and_read_only_ones_are_not():
    with pytest.raises(ValidationError, match="Known: days, enabled, facts, level, name, phases, price"):
        bodies.require_declared(Change(), {"nmae": "Kim"})


def test_declared_fields_pass_whatever_they_hold():
    bodies.require_declared(Change, {"name": 5, "windows": [{"hour": "x"}], "days": "none"})


@pytest.mark.parametrize("data", [["a"], "text", {"a": 1}])
def test_what_takes_no_body_takes_none(data: Any):
    with pytest.raises(ValidationError):
        bodies.require_declared(None, data)


@pytest.mark.parametrize("data", [{}, None, ""])
def test_an_empty_body_is_none(data: Any):
    bodies.require_declared(None, data)


def test_an_answer_names_no_more_than_a_hundred_unknown_fields():
    with pytest.raises(ValidationError) as caught:
        bodies.require_declared(Window, {f"field{number}": 1 for number in range(150)})

    assert len(caught.value.detail) == 100
