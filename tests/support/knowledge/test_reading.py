"""An article as its reader sees it: the catalogue's sentences of its topic or reason, then the article's own text."""

from datetime import UTC, datetime

import pytest

from authorization.decide import reasons
from support.knowledge import library, reading

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_a_reasons_article_says_what_the_catalogue_says_in_the_readers_language():
    library.load(now=NOW)
    reason = reasons.get("token_blocked")

    english = reading.find("token_blocked", audience="guest", language="en")
    dutch = reading.find("token_blocked", audience="guest", language="nl")
    assert english is not None
    assert dutch is not None

    assert reading.render(english).title == reason.title
    assert reading.render(english).steps == tuple(step.text for step in reason.guest.next_steps)
    assert reading.render(dutch).title not in {"", reason.title}
    assert reading.render(dutch).meaning not in {"", reason.guest.meaning}
