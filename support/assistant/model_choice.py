"""The one place where a language model may take part: it chooses a topic. Off unless a deployment names one.

It reads the person's words and answers with a number. It writes nothing to anybody, sees no facts, and its answer
counts only among the topics that the person may have. One that is slow or fails is as good as none.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)
PATIENCE_S: Final = 2.0
"""Somebody waits for the page."""
_AT_ONCE: Final = 4
_workers = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="topic-chooser")


class Chooser(Protocol):
    """A callable that `ASSISTANT_TOPIC_CHOOSER` names by its dotted path."""

    def __call__(self, text: str, *, topics: Sequence[int]) -> int:
        """The number of the topic that the text means; 0: none."""


def choose(text: str, *, topics: Sequence[int]) -> int:
    """0 where no model is set up, where it is slow or fails, and where it answers anything else than a topic."""
    if not settings.ASSISTANT_TOPIC_CHOOSER:
        return 0
    try:
        chooser: Chooser = import_string(settings.ASSISTANT_TOPIC_CHOOSER)
        answer: object = _workers.submit(chooser, text, topics=topics).result(timeout=PATIENCE_S)
    except Exception:
        logger.warning("The topic chooser %s did not answer", settings.ASSISTANT_TOPIC_CHOOSER, exc_info=True)
        return 0
    return answer if type(answer) is int and answer in topics else 0
