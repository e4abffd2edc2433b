"""Articles are found by their words in each language, also with typos, and only by their readers."""

from datetime import UTC, datetime

import pytest

from support.knowledge import finding, library
from support.models import Article

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _loaded():
    library.load(now=NOW)


def slugs(typed: str, language: str = "en", audience: str = "guest") -> list[str]:
    return [one.article.slug for one in finding.find(typed, audiences=[audience], language=language, limit=3)]


TYPED = [
    ("refund for the idle fee", "en", "charged-too-much"),
    ("the charger is ofline", "en", "charger-offline"),
    ("refnd", "en", "charged-too-much"),
    ("laadpaal doet niets", "nl", "charger-offline"),
    ("delete my acount", "en", "leave-or-remove-card"),
    ("my card is blokced", "en", "token_blocked"),
    ("hoe krijg ik een terugbetaling", "nl", "charged-too-much"),
    ("mijn auto laad niet", "nl", "not-charging"),
    ("Ladestation offlin", "de", "charger-offline"),
    ("Kündigung meines Abos", "de", "leave-or-remove-card"),
    ("supprimer compte", "fr", "leave-or-remove-card"),
    ("ma borne est etteinte", "fr", "charger-offline"),
    ("cambiar el correo electrónico", "es", "change-email"),
    ("reembolso por ocupacion", "es", "charged-too-much"),
]


def test_it_is_among_the_first_three():
    assert [typed for typed, language, slug in TYPED if slug not in slugs(typed, language)] == []


def test_nothing_is_found_by_nothing():
    for typed in ("", "   ", "\x00", "zzzz qqqq", "'; DROP TABLE x; --", "& | ! ( ) :*"):
        assert slugs(typed) == []


def test_each_audience_finds_its_own():
    assert slugs("bridge payout bank", audience="host")[0] == "payouts"
    assert slugs("bridge payout bank", audience="agent")[0] == "payouts"
    assert "payouts" not in slugs("bridge payout bank")


def test_what_is_not_published_is_not_found():
    Article.objects.filter(slug="charger-offline").update(is_published=False)

    assert "charger-offline" not in slugs("the charger is offline")


def test_it_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        finding.find("a long question " * 100, audiences=["guest", "host"], language="en")
