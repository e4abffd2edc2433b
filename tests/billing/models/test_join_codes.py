"""Codes by which residents join, as they are printed, and those who joined."""

import pytest

from billing.models import Join, JoinCode


@pytest.mark.parametrize(
    ("code", "printed"), [("ABCDEFGH", "ABCD-EFGH"), ("ABCDEFGHJ", "ABCD-EFGH-J"), ("ABC", "ABC"), ("", "")]
)
def test_a_code_is_printed_in_groups_of_four(code: str, printed: str):
    assert JoinCode(code=code).formatted() == printed


def test_who_joined_is_named_as_far_as_it_is_known():
    assert [str(Join(name="Kim", email="kim@example.com")), str(Join(email="kim@example.com")), str(Join())] == [
        "Kim",
        "kim@example.com",
        "deleted",
    ]
