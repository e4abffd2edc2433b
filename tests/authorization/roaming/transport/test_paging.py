"""Pages of lists: what is asked for, and the way to the next one."""

from datetime import UTC, datetime

import pytest

from authorization.roaming.transport import paging
from authorization.roaming.transport.paging import Page, PageError

HERE = "https://example.com/ocpi/2.2.1/locations"


def test_it_reads_a_page():
    page = paging.read({"offset": "50", "limit": "10", "date_from": "2026-03-10T12:00:00Z", "flavour": "vanilla"})
    assert page == Page(offset=50, limit=10, date_from=datetime(2026, 3, 10, 12, tzinfo=UTC))


@pytest.mark.parametrize("limit", ["1e9", "1000000000", "5000"])
def test_a_limit_above_ours_is_ours(limit):
    assert paging.read({"limit": limit}).limit == paging.LIMIT


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "-1"}, {"limit": "many"}, {"offset": "-1"}, {"date_from": "yesterday"}]
)
def test_it_names_the_parameter_that_is_wrong(query):
    with pytest.raises(PageError, match=next(iter(query))):
        paging.read(query)


def test_a_link_has_every_filter_and_the_last_page_none():
    page = Page(offset=0, limit=10, date_from=datetime(2026, 3, 10, 12, tzinfo=UTC))
    assert paging.link(HERE, page, total=11) == (
        f'<{HERE}?offset=10&limit=10&date_from=2026-03-10T12%3A00%3A00Z>; rel="next"'
    )
    assert paging.link(HERE, page, total=10) == ""


def test_it_follows_a_link_as_it_is_written():
    assert paging.next_url(HERE, f'<{HERE}?offset=2&x=%20y>; rel="next"') == f"{HERE}?offset=2&x=%20y"


@pytest.mark.parametrize("link", ["", '<>; rel="next"', '< >; rel="next"', f'<{HERE}>; rel="prev"'])
def test_an_empty_link_is_the_end(link):
    assert paging.next_url(HERE, link) == ""


@pytest.mark.parametrize("link", ["<https://elsewhere.example/x>", f"<{HERE}>", "<http://example.com/x>"])
def test_it_never_goes_to_another_host_or_in_circles(link):
    with pytest.raises(PageError):
        paging.next_url(HERE, f'{link}; rel="next"')
