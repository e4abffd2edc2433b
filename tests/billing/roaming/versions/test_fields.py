"""Fields of OCPI: each takes its own JSON type, and nothing that looks like it."""

from datetime import UTC, datetime

import pytest
from rest_framework import serializers

from billing.roaming.versions import fields

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        (fields.Text(5), "007", "007"),
        (fields.Text(5), " a ", " a "),
        (fields.Code(), "NEW_VALUE", "NEW_VALUE"),
        (fields.Flag(), False, False),
        (fields.Moment(), "2026-03-10T12:00:00Z", NOON),
        (fields.Moment(), "2026-03-10T12:00:00", NOON),
        (fields.Address(), "https://example.com/ocpi?x=1", "https://example.com/ocpi?x=1"),
        (fields.AnyObject(), {"a": [1]}, {"a": [1]}),
    ],
)
def test_it_takes_what_is_of_its_type(field: serializers.Field, value: object, read: object):
    assert field.run_validation(value) == read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (fields.Text(5), 7),
        (fields.Text(5), True),
        (fields.Text(5), "123456"),
        (fields.Text(5), "a\x00"),
        (fields.Code(), "X" * 51),
        (fields.Choice(("A", "B")), "C"),
        (fields.Flag(), "true"),
        (fields.Flag(), 1),
        (fields.Moment(), "yesterday"),
        (fields.Moment(), 7),
        (fields.Address(), "ftp://example.com"),
        (fields.Address(), "https://"),
        (fields.Address(), "http://[::1"),
        (fields.Address(), "https://example.com/" + "a" * 255),
        (fields.AnyObject(), [1]),
        (fields.AnyObject(), "{}"),
    ],
)
def test_it_refuses_what_only_looks_like_it(field: serializers.Field, value: object):
    with pytest.raises(serializers.ValidationError):
        field.run_validation(value)


def test_a_moment_is_written_as_ocpi_has_it():
    assert fields.Moment().to_representation(NOON) == "2026-03-10T12:00:00Z"
