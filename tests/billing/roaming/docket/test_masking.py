"""What is quoted of an exchange shows no token and no whole number of a card."""

import json

import pytest

from billing.roaming.docket import masking
from billing.roaming.docket.entries import group
from tests.kit.exchanges import credentials, envelope, outgoing, patch_token, put_token, registration, token

SECRET = "s3cret-credentials-token"
UID = "04A1B2C3D4E5F6"


@pytest.mark.parametrize(
    ("name", "value", "quoted"),
    [
        ("token", SECRET, '"••••"'),
        ("uid", UID, '"04…F6"'),
        ("uid", "04A1", '"••••"'),
        ("whitelist", "SOMETIMES", '"SOMETIMES"'),
        ("valid", "true", '"true"'),
        ("limit", 5, "5"),
        ("$", {"token": SECRET, "roles": [{"party_id": "EMS"}]}, '{"token": "••••", "roles": [{"party_id": "EMS"}]}'),
        ("token", {"uid": UID, "auth_id": UID}, '{"uid": "04…F6", "auth_id": "04…F6"}'),
        ("evses", [{"uid": "CHARGER-1", "connectors": []}], '[{"uid": "CHARGER-1", "connectors": []}]'),
    ],
)
def test_values(name, value, quoted):
    assert masking.quote_value(name, value) == quoted


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        (f"/ocpi/2.2.1/tokens/NL/EMS/{UID}?type=RFID", "/ocpi/2.2.1/tokens/NL/EMS/04…F6?type=RFID"),
        (f"https://p.example/2.2.1/tokens/{UID}/authorize", "https://p.example/2.2.1/tokens/04…F6/authorize"),
        ("https://p.example/tokens?limit=5&offset=0", "https://p.example/tokens?limit=5&offset=0"),
        ("https://user:pass@p.example/cb?key=abc", "https://p.example/cb?key=••••"),
        ("https://p.example/locations/NL/SUN/1", "https://p.example/locations/NL/SUN/1"),
    ],
)
def test_addresses(url, masked):
    assert masking.mask_url(url) == masked


def test_text_that_broke_off():
    text = f'{{"uid": "{UID}", "valid": true, "token": "{SECRET}'

    masked = masking.mask_text(text)

    assert masked == '{"uid": "••••", "valid": true, "token": "••••'


def test_a_long_value_is_cut():
    assert len(masking.quote_value("remark", "x" * 500)) < 130


@pytest.mark.parametrize(
    "facts",
    [
        put_token(token(uid=UID, valid="yes"), path=f"NL/EMS/{UID}"),
        put_token(token(uid=UID), path="NL/EMS/04FFFFFFFFFF"),
        put_token(token(uid=UID.lower()), path=f"NL/EMS/{UID}"),
        patch_token({"uid": UID, "visual_number": None}, url=f"/ocpi/2.2.1/tokens/NL/EMS/{UID}"),
        registration(credentials(token=SECRET, url=5), answer=envelope(credentials(token=SECRET))),
        registration(credentials(token=SECRET, roles=credentials()["roles"] * 2)),
        outgoing("GET", f"tokens/{UID}/authorize", answer=f'[{{"token": "{SECRET}", "uid": "{UID}'),
    ],
)
def test_no_entry_of_the_docket_shows_a_secret(facts):
    entries = group([facts])

    assert entries
    shown = json.dumps([str(entry.example) for entry in entries], ensure_ascii=False)
    assert SECRET not in shown
    assert UID not in shown
    assert UID.lower() not in shown
