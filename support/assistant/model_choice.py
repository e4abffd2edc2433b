"""The one place where a language model may take part: it chooses a topic. Off unless a deployment names one.

It reads the person's words and answers with a number. It writes nothing to anybody, sees no facts, and its answer
counts only among the topics that the person may have.
"""

from collections.abc import Sequence
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Chooser(Protocol):
    """A callable that `ASSISTANT_TOPIC_CHOOSER` names by its dotted path."""

    def __call__(self, text: str, *, topics: Sequence[int]) -> int:
        """The number of the topic that the text means; 0: none."""


def choose(text: str, *, topics: Sequence[int]) -> int:
    """0 where no model is set up, where it fails, and where it answers anything else."""
    if not settings.ASSISTANT_TOPIC_CHOOSER:
        return 0
    chooser: Chooser = import_string(settings.ASSISTANT_TOPIC_CHOOSER)
    answer = chooser(text, topics=topics)
    return answer if answer in topics else 0
