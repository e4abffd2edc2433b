"""How texts are compared with columns."""

import pytest

from backoffice.portal.search import conditions
from chargers.models import Host, Property

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _places(db: None) -> None:
    host = Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US")
    for slug, name, city in (("a", "Sunset 1", "Ocean City"), ("b", "Beach", "Sunset Bay"), ("c", "100% Green", "")):
        Property.objects.create(host=host, slug=slug, name=name, city=city, time_zone="UTC")


def found(condition) -> str:
    return "".join(Property.objects.filter(condition).order_by("slug").values_list("slug", flat=True))


@pytest.mark.parametrize(
    ("texts", "slugs"),
    [(["beach"], "b"), (["SUNSET 1", "sunset bay"], "ab"), (["Sunset"], ""), ([], ""), (["100% green"], "c")],
)
def test_a_whole_text_is_one_of_the_columns_in_any_case(texts: list[str], slugs: str):
    assert found(conditions.match_whole_text(["name", "city"], texts)) == slugs


@pytest.mark.parametrize(
    ("terms", "slugs"),
    [(["sunset"], "ab"), (["sunset", "ocean"], "a"), (["sunset", "nowhere"], ""), ([], "abc"), (["%"], "c")],
)
def test_each_word_is_a_part_of_one_of_the_columns(terms: list[str], slugs: str):
    assert found(conditions.every(["name", "city"], terms)) == slugs


def test_without_columns_nothing_is_found():
    assert found(conditions.match_whole_text([], ["Beach"])) == ""
    assert found(conditions.every([], ["Beach"])) == ""
