"""What an agent typed into a tool's form is kept between its POST and the page that shows it."""

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict

from support.desk.admin.tools import form_input


@pytest.fixture
def session() -> SessionBase:
    return SessionBase()


def test_a_form_is_found_by_its_id_at_its_place(session: SessionBase):
    once = form_input.keep(session, QueryDict("reason=Kim+is+stuck&line=1&line=2"), tool_key="refund")

    found = form_input.find(session, str(once), tool_key="refund")

    assert found is not None
    assert found[0] == once
    assert dict(found[1].lists()) == {"reason": ["Kim is stuck"], "line": ["1", "2"]}
    assert form_input.find(session, str(once), tool_key="reset") is None


@pytest.mark.parametrize("text", ["", "none", "3ecc384b-6d6d-48e7-8ff1-72dc8b249b9c"])
def test_another_id_finds_nothing(session: SessionBase, text: str):
    form_input.keep(session, QueryDict("reason=x"), tool_key="refund")

    assert form_input.find(session, text, tool_key="refund") is None


def test_what_belongs_to_the_page_is_not_kept(session: SessionBase):
    once = form_input.keep(
        session, QueryDict("csrfmiddlewaretoken=a&confirmed=1&once=b&stamp=c&uid=d"), tool_key="stay"
    )

    found = form_input.find(session, str(once), tool_key="stay")

    assert found is not None
    assert list(found[1]) == ["uid"]


def test_long_texts_are_cut_and_the_newest_ten_stay(session: SessionBase):
    keys = [form_input.keep(session, QueryDict(f"text={'x' * 3000}"), tool_key="stay") for _ in range(12)]

    found = [form_input.find(session, str(key), tool_key="stay") for key in keys]

    assert [form is None for form in found] == [True] * 2 + [False] * 10
    assert found[-1] is not None
    assert len(found[-1][1]["text"]) == 2000
