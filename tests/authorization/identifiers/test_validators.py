"""What a field for a card's UID takes."""

import pytest
from django.core.exceptions import ValidationError

from authorization.identifiers import validators


@pytest.mark.parametrize("value", ["04A1B2C3D4", "04:a1:b2:c3:d4", "04-A1-B2-C3"])
def test_a_uid_in_any_notation_is_taken(value: str):
    validators.card_uid(value)


@pytest.mark.parametrize("value", ["", "VID:AABBCCDDEEFF", "a b\x00c"])
def test_what_is_no_uid_is_refused_in_a_sentence(value: str):
    with pytest.raises(ValidationError) as refused:
        validators.card_uid(value)

    assert refused.value.messages[0].endswith(".")
