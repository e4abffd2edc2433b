"""The HTML of a mail says what its text says, loads nothing, and can be read in both themes."""

import re
from html import unescape

import pytest

from chargers.text import mail_html
from chargers.text.mail_html import MailStyle
from tests.kit import browser

TEXT = """Receipt 2026-1

Your session at O'Hara & Sons <Pier> cost $4.20.
The document is attached. Why this amount:

https://charge.example/s/a-b_c/?x=1&y=2

- 12.000 kWh
- see https://example.com/terms.

> You wrote this
> yesterday.

Keep it to yourself.
"""
STYLE = MailStyle("Sunset <Stays>", accent="#006633", on_dark="#4ba578")


def html(text: str = TEXT) -> str:
    return mail_html.of_text(text, title="Receipt 2026-1", style=STYLE, language="de")


def words(text: str) -> list[str]:
    return re.sub(r"[\s>•-]+", " ", text).split()


def test_it_has_every_word_of_the_text_once_and_no_markup_of_others():
    body = html().partition("<h1")[2].partition(">")[2]
    plain = unescape(re.sub(r"<[^>]+>", " ", body))

    assert words(plain.replace(" .", ".")) == words(TEXT)
    assert "<Pier>" not in html()
    assert "Sunset &lt;Stays&gt;" in html()


def test_links_lists_and_quotations_stay_what_they_are():
    assert 'href="https://charge.example/s/a-b_c/?x=1&amp;y=2"' in html()
    assert 'href="https://example.com/terms"' in html()
    assert html().count("<li") == 2
    assert "You wrote this<br>yesterday." in html()


def test_it_loads_nothing():
    assert re.findall(r"(?:src|background)=|url\(|@import|<link|<img|<script", html()) == []
    assert '<html lang="de">' in html()
    assert '<meta name="color-scheme" content="light dark">' in html()


@pytest.mark.parametrize(
    "text", ["", "https://a.example", "javascript:alert(1)", "http://", '"><script>alert(1)</script>']
)
def test_no_text_becomes_markup(text):
    made = html(text)

    assert "<script" not in made
    assert not re.search(r'href="(?!https?://)', made)


CONTRAST = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = (text) => {
    const [r, g, b] = channels(text).map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("p, h1, li, a")].map((one) => {
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
}"""


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("keeps_style_sheet", [True, False])
def test_every_word_can_be_read_in_both_themes_with_and_without_the_style_sheet(chromium, dark, keeps_style_sheet):
    made = html() if keeps_style_sheet else re.sub(r"<style>.*?</style>", "", html())
    with browser.page(chromium, width=375, dark=dark) as page:
        page.set_content(made)

        assert min(page.evaluate(CONTRAST)) >= 4.5
        assert browser.fits(page)
        around = page.evaluate("getComputedStyle(document.querySelector('.around')).backgroundColor")
        assert around == ("rgb(15, 19, 23)" if dark and keeps_style_sheet else "rgb(246, 247, 249)")
