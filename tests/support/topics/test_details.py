"""What people type for a detail, and what is stored of it."""

import pytest

from support.topics import details
from support.topics.details import Detail, DetailError


@pytest.mark.parametrize(
    ("detail", "typed", "stored"),
    [
        (Detail.AMOUNT, "9", "9.00"),
        (Detail.AMOUNT, "$ 12.5", "12.50"),
        (Detail.AMOUNT, "12,50 €", "12.50"),
        (Detail.AMOUNT, "1.234,56", "1234.56"),
        (Detail.AMOUNT, "1,234.56", "1234.56"),
        (Detail.AMOUNT, "1,234", "1234.00"),
        (Detail.LAST4, " 4242 ", "4242"),
        (Detail.LAST4, "**** 4242", "4242"),
        (Detail.ATTEMPTED_AT, "2026-11-20T18:05", "2026-11-20T18:05"),
        (Detail.ATTEMPTED_AT, "2026-11-20T18:05:33", "2026-11-20T18:05"),
        (Detail.NEW_EMAIL, "Kim@Example.com", "kim@example.com"),
        (Detail.CANCEL_OR_DELETE, "delete", "delete"),
        (Detail.PROPERTY, "  Sunset \n 1  ", "Sunset 1"),
    ],
)
def test_it_reads_what_people_type(detail: Detail, typed: str, stored: str):
    assert details.read(detail, typed) == stored


@pytest.mark.parametrize(
    ("detail", "typed"),
    [
        (Detail.AMOUNT, ""),
        (Detail.AMOUNT, "much"),
        (Detail.AMOUNT, "0"),
        (Detail.AMOUNT, "9999999"),
        (Detail.LAST4, "424"),
        (Detail.LAST4, "4242 4242 4242 4242"),
        (Detail.LAST4, "٤٢٤٢"),
        (Detail.ATTEMPTED_AT, "yesterday"),
        (Detail.NEW_EMAIL, "kim"),
        (Detail.NEW_EMAIL, "kim@example.com, else@example.com"),
        (Detail.CANCEL_OR_DELETE, "burn"),
    ],
)
def test_it_refuses_what_is_no_such_detail(detail: Detail, typed: str):
    with pytest.raises(DetailError):
        details.read(detail, typed)


def test_every_detail_has_a_field():
    assert set(details.FIELDS) == set(Detail)


def test_a_photo_of_the_code_will_do_for_the_station_id():
    assert [detail for detail, field in details.FIELDS.items() if field.may_be_photo] == [Detail.CHARGER_ID]
