"""Bodies of API requests: JSON that is text, and not nested without end."""

import io
import json
from typing import Any

import pytest
from rest_framework.exceptions import ParseError, ValidationError

from authorization.rest.parsing import JsonParser


def parse(text: str) -> Any:
    return JsonParser().parse(io.BytesIO(text.encode()), "application/json", {"encoding": "utf-8"})


@pytest.mark.parametrize("value", [None, 1, "a", [], {"a": ["ä", {"b": "😀"}]}])
def test_it_reads_json(value: Any):
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize("text", ["", "{", "[1,]", "nul", '{"a": NaN}'])
def test_what_is_none_is_refused(text: str):
    with pytest.raises(ParseError):
        parse(text)


def test_half_of_a_character_is_named_with_its_path():
    with pytest.raises(ValidationError) as refused:
        parse('{"a": [{"b": "ok"}, {"b": "\\ud800"}], "c": "\\udfff"}')

    assert set(refused.value.detail) == {"a[1].b", "c"}


def test_a_name_that_is_no_text_is_named_where_it_stands():
    with pytest.raises(ValidationError) as refused:
        parse('{"a": {"\\ud800": 1}}')

    assert list(refused.value.detail) == ["a"]


def test_what_is_nested_without_end_is_refused():
    with pytest.raises(ParseError, match="nested too deep"):
        parse("[" * 100_000 + "]" * 100_000)
