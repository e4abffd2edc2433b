import pytest

from chargers.commands import results
from chargers.commands.results import Result
from chargers.protocol.frames import CallError, Version


@pytest.mark.parametrize(
    ("action", "payload", "outcome"),
    [
        (
            "RemoteStartTransaction",
            {"status": "Accepted"},
            (Result.ACCEPTED, "The charger will try to start the session."),
        ),
        ("RemoteStopTransaction", {"status": "Rejected"}, (Result.REJECTED, "The charger refused.")),
        (
            "Reset",
            {"status": "Rejected", "statusInfo": {"reasonCode": "Busy"}},
            (Result.REJECTED, "The charger refused. It says: Busy"),
        ),
        (
            "TriggerMessage",
            {"status": "NotImplemented"},
            (Result.NOT_SUPPORTED, "The charger does not support this."),
        ),
        (
            "ChangeConfiguration",
            {"status": "RebootRequired"},
            (Result.ACCEPTED, "The setting was changed and takes effect after a restart."),
        ),
        (
            "GetConfiguration",
            {"configurationKey": [{"key": "A", "readonly": False}], "unknownKey": ["B"]},
            (Result.ACCEPTED, "The charger reported 1 setting. It does not know B."),
        ),
        ("GetConfiguration", {"unknownKey": ["B"]}, (Result.REJECTED, "The charger does not know B.")),
        (
            "SetVariables",
            {
                "setVariableResult": [
                    {"attributeStatus": "Accepted", "component": {"name": "C"}, "variable": {"name": "V"}},
                    {"attributeStatus": "UnknownVariable", "component": {"name": "C"}, "variable": {"name": "W"}},
                ]
            },
            (Result.ACCEPTED, "The charger changed 1 of 2 settings. C.W: the charger has no such setting."),
        ),
        ("UnlockConnector", {"status": "Unlocked"}, (Result.ACCEPTED, "The connector was unlocked.")),
        (
            "ChangeAvailability",
            {"status": "Scheduled"},
            (Result.ACCEPTED, "The charger will do it when the running session has ended."),
        ),
        (
            "GetLocalListVersion",
            {"listVersion": -1},
            (Result.NOT_SUPPORTED, "The charger keeps no local list."),
        ),
        ("SendLocalList", {"status": "Sideways"}, (Result.REJECTED, "The charger answered Sideways.")),
        ("ClearCache", {"status": 5}, (Result.REJECTED, "The charger answered 5.")),
    ],
)
def test_it_says_in_words_what_a_reply_means(action, payload, outcome):
    found = results.of_reply(action, payload)

    assert (found.result, found.words) == outcome


def test_it_says_in_words_what_an_error_means():
    assert results.of_error(CallError("7", "NotSupported")).result is Result.NOT_SUPPORTED
    found = results.of_error(CallError("7", "InternalError", "out of memory"))
    assert (found.result, found.words) == (
        Result.ERROR,
        "The charger answered with the error InternalError: out of memory.",
    )


def test_it_knows_the_counterpart_in_the_other_version():
    assert results.counterpart("RemoteStartTransaction", version=Version.V201) == "RequestStartTransaction"
    assert results.counterpart("SetVariables", version=Version.V16) == "ChangeConfiguration"
    assert results.counterpart("MakeCoffee", version=Version.V16) is None
