"""The only use of a language model, which may choose a topic. Off unless a deployment configures one.

It reads the person's words and returns a number. It writes no text and sees no facts, and its answer counts only among
the topics that the person may have. A slow or failing model counts as none.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)
PATIENCE_S: Final = 2.0
"""Short, because a person waits for the page."""
_AT_ONCE: Final = 4
_workers = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="topic-chooser")


class Chooser(Protocol):
    """A callable that `ASSISTANT_TOPIC_CHOOSER` names by its dotted path."""

    def __call__(self, text: str, *, topics: Sequence[int]) -> int:
        """Returns the number of the topic that the text means; 0 for none."""


def choose(text: str, *, topics: Sequence[int]) -> int:
    """Returns the chosen topic; 0 if no model is set up, or it is slow, fails or returns anything but a topic."""
    if not settings.ASSISTANT_TOPIC_CHOOSER:
        return 0
    try:
        chooser: Chooser = import_string(settings.ASSISTANT_TOPIC_CHOOSER)
        answer: object = _workers.submit(chooser, text, topics=topics).result(timeout=PATIENCE_S)
    except Exception:
        logger.warning("The topic chooser %s did not answer", settings.ASSISTANT_TOPIC_CHOOSER, exc_info=True)
        return 0
    return answer if type(answer) is int and answer in topics else 0
