"""The text of a page, without its markup."""

import re

from django.http import HttpResponse


def text_of(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def html_of(response: HttpResponse) -> str:
    """Returns the page as it was sent."""
    return response.content.decode()
