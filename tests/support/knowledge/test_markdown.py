"""What an author types becomes text, and never does anything."""

import pytest

from support.knowledge import markdown


def test_it_renders_headings_below_the_pages_own():
    assert markdown.html("# One\n\n## Two\n\n### Three") == "<h2>One</h2>\n<h2>Two</h2>\n<h3>Three</h3>\n"


def test_it_renders_lists_emphasis_and_links():
    assert markdown.html("- **a** [b](/help/)") == '<ul>\n<li><strong>a</strong> <a href="/help/">b</a></li>\n</ul>\n'


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html,x)",
        "![a](https://example.com/pixel.png)",
        '<https://example.com/" onclick="x>',
        '[a](/x "t\\" onclick=\\"x")',
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_of_it_runs_or_loads(text):
    html = markdown.html(text)

    assert "<script" not in html
    assert "<img" not in html
    assert "<style" not in html
    assert 'href="javascript' not in html.lower()
    assert 'href="data' not in html.lower()
    assert ' onclick="' not in html
