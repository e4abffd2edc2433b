"""A topic chooser that a deployment names counts only where it answers in time with a topic that is offered."""

import time
from collections.abc import Sequence
from typing import Any

import pytest

from support.assistant import model_choice

TOPICS = [1, 2, 4]


def chooses_four(text: str, *, topics: Sequence[int]) -> int:
    assert (text, list(topics)) == ("I paid too much.", TOPICS)
    return 4


def chooses_a_stranger(_text: str, *, topics: Sequence[int]) -> int:
    return max(topics) + 1


def chooses_true(_text: str, *, topics: Sequence[int]) -> Any:
    return bool(topics)


def chooses_words(_text: str, *, topics: Sequence[int]) -> Any:
    return f"one of {topics}"


def fails(_text: str, *, topics: Sequence[int]) -> int:
    raise RuntimeError(topics)


def dawdles(_text: str, *, topics: Sequence[int]) -> int:
    time.sleep(0.3)
    return topics[0]


def choose(settings: Any, name: str) -> int:
    settings.ASSISTANT_TOPIC_CHOOSER = name and f"{__name__}.{name}"
    return model_choice.choose("I paid too much.", topics=TOPICS)


def test_its_topic_is_taken(settings: Any):
    assert choose(settings, "chooses_four") == 4


@pytest.mark.parametrize("name", ["", "chooses_a_stranger", "chooses_true", "chooses_words", "fails", "is_not_there"])
def test_anything_else_is_no_choice(settings: Any, name: str):
    assert choose(settings, name) == 0


def test_one_that_is_slow_is_not_waited_for(settings: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(model_choice, "PATIENCE_S", 0.02)

    assert choose(settings, "dawdles") == 0
