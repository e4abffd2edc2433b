"""Secrets in payloads: hidden where they are stored, put in on the wire only."""

import json

import pytest

from chargers.text import masking
from chargers.text.masking import HIDDEN

SECRET = "0123456789abcdef0123456789abcdef"
SETTING = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("ChangeConfiguration", {"key": "authorizationkey", "value": SECRET}),
        ("GetConfiguration", {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": SECRET}]}),
        ("SetVariables", {"setVariableData": [{**SETTING, "attributeValue": SECRET}]}),
        ("GetVariables", {"getVariableResult": [{**SETTING, "attributeValue": SECRET}]}),
        ("NotifyReport", {"reportData": [{**SETTING, "variableAttribute": [{"type": "Actual", "value": SECRET}]}]}),
        ("NotifyEvent", {"eventData": [{**SETTING, "actualValue": SECRET}]}),
        ("SetNetworkProfile", {"connectionData": {"basicAuthPassword": SECRET, "apn": {"apnPassword": SECRET}}}),
        ("SetNetworkProfile", {"connectionData": {"vpn": {"user": "u", "password": SECRET, "key": SECRET[:3]}}}),
    ],
)
def test_it_hides_passwords_wherever_they_stand(action, payload):
    text = json.dumps([2, "1", action, payload])

    hidden = masking.conceal_frame(text, action=action)

    assert SECRET not in hidden
    assert HIDDEN in hidden
    assert json.loads(hidden)[:3] == [2, "1", action]


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("ChangeConfiguration", '[2, "1",  "ChangeConfiguration", {"key":"HeartbeatInterval","value":"60"}]'),
        ("ChangeConfiguration", '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":'),
        ("ChangeConfiguration", '[2,"1","ChangeConfiguration",{"key":["AuthorizationKey"],"variable":7}]'),
        ("Authorize", '[2,"1","Authorize",{"idTag":"AuthorizationKey"}]'),
    ],
)
def test_it_leaves_everything_else_to_the_letter(action, text):
    assert masking.conceal_frame(text, action=action) == text


def test_it_puts_the_secret_in_its_place_only():
    payload = {"setVariableData": [{**SETTING, "attributeValue": HIDDEN}]}

    assert masking.reveal(payload, secrets=iter([SECRET])) == {
        "setVariableData": [{**SETTING, "attributeValue": SECRET}]
    }
    assert masking.secrets_in(masking.reveal(payload, secrets=iter([SECRET]))) == [SECRET]
    assert masking.conceal(masking.reveal(payload, secrets=iter([SECRET]))) == payload


def test_it_knows_which_commands_would_set_the_password_of_a_charger():
    assert masking.sets_password("ChangeConfiguration", {"key": "AUTHORIZATIONKEY", "value": SECRET})
    assert masking.sets_password("SetVariables", {"setVariableData": [{**SETTING, "attributeValue": SECRET}]})
    assert not masking.sets_password("ChangeConfiguration", {"key": "HeartbeatInterval", "value": SECRET})
    assert not masking.sets_password("SetNetworkProfile", {"connectionData": {"basicAuthPassword": SECRET}})


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("GetDiagnostics", {"location": f"https://we.example/u/{'a' * 43}/"}),
        ("GetLog", {"logType": "DiagnosticsLog", "log": {"remoteLocation": f"https://we.example/u/{'a' * 43}/"}}),
    ],
)
def test_it_hides_the_link_of_an_upload_and_puts_it_back(action, payload):
    frame = json.dumps([2, "1", action, payload])

    kept = masking.conceal(payload)

    assert "aaa" not in json.dumps(kept)
    assert masking.reveal(kept, secrets=iter(masking.secrets_in(payload))) == payload
    assert "aaa" not in masking.conceal_frame(frame, action=action)


def test_it_leaves_links_of_others():
    assert masking.conceal({"location": "ftp://maker.example/firmware"}) == {"location": "ftp://maker.example/firmware"}
