"""Tokens in the Authorization header: plain, in base64, and as careless partners write them."""

import base64

import pytest

from authorization.roaming.transport import authorization_header
from authorization.roaming.transport.authorization_header import TokenForm


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (f"Token {encoded('our-token')}", "our-token"),
        (f"token  {encoded('our-token')} ", "our-token"),
        (f"Token {encoded('our-token' + chr(10))}", "our-token"),
        (f"Token {encoded('our-token').rstrip('=')}", "our-token"),
        ("Token our-token", "our-token"),
        (f"Token {'x' * 64}", "x" * 64),
    ],
)
def test_it_reads_what_is_meant(header, token):
    assert token in authorization_header.candidates(header)


@pytest.mark.parametrize(
    "header",
    ["", "Token", "Token ", "Bearer abc", "Basic abc", f"Token {'x' * 65}", "Token a b", f"Token {'x' * 5000}"],
)
def test_it_reads_nothing_where_there_is_no_token(header):
    assert authorization_header.candidates(header) == ()


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("Token our-token", TokenForm.PLAIN),
        ("token  our-token ", TokenForm.PLAIN),
        (f"Token {encoded('our-token')}", TokenForm.BASE64),
        (f"Token {encoded('our-token').rstrip('=')}", TokenForm.BASE64),
        (f"Token {encoded('our-token' + chr(10))}", TokenForm.BASE64_SPACED),
        (f"Token {encoded(' our-token')}", TokenForm.BASE64_SPACED),
    ],
)
def test_it_names_how_the_token_came(header, form):
    assert authorization_header.name_form(header, "our-token") == form


def test_it_decodes_before_it_takes_a_token_as_it_is():
    assert authorization_header.candidates(f"Token {encoded('our-token')}")[0] == "our-token"


def test_what_it_writes_it_reads():
    for is_encoded in (True, False):
        header = authorization_header.header("our-token", is_encoded=is_encoded)
        assert "our-token" in authorization_header.candidates(header)
