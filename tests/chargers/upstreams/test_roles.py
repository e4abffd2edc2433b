"""Who gets what a charger says, and what a back office may ask of it: the table of docs/proxy.md."""

import pytest

from chargers.protocol.frames import Call, CallError, CallResult, Version
from chargers.upstreams import roles
from chargers.upstreams.roles import CONNECTION_KEYS, UpstreamAudience, UpstreamRole

V16, V201, V21 = Version.V16, Version.V201, Version.V21
LEADER, FOLLOWER = UpstreamRole.LEADER, UpstreamRole.FOLLOWER
START_16 = ("RemoteStartTransaction", {"idTag": "A"})
STOP_16 = ("RemoteStopTransaction", {"transactionId": 1})
START_2X = ("RequestStartTransaction", {"remoteStartId": 1, "idToken": {"idToken": "A", "type": "Central"}})
RESET = ("Reset", {"type": "Hard"})
KEY = ("ChangeConfiguration", {"key": "CentralSystemURL", "value": "ws://elsewhere"})
PLAIN_KEY = ("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "10"})
FIRMWARE = ("UpdateFirmware", {"location": "https://a.example/f", "retrieveDate": "2026-01-01T00:00:00Z"})


def variable(component, name):
    one = {"component": {"name": component}, "variable": {"name": name}, "attributeValue": "1"}
    return ("SetVariables", {"setVariableData": [one]})


@pytest.mark.parametrize(
    ("action", "payload", "audience"),
    [
        ("BootNotification", {}, UpstreamAudience.ALL),
        ("DataTransfer", {"vendorId": "x"}, UpstreamAudience.ALL),
        ("SignCertificate", {"csr": "x"}, UpstreamAudience.US),
        ("NotifyReport", {"requestId": 4}, UpstreamAudience.ASKER),
        ("LogStatusNotification", {"status": "Idle"}, UpstreamAudience.ALL),
        ("LogStatusNotification", {"status": "Uploaded", "requestId": 4}, UpstreamAudience.ASKER),
        ("ReservationStatusUpdate", {"reservationId": 4}, UpstreamAudience.ASKER),
    ],
)
def test_it_tells_everybody_but_what_somebody_asked_for(action, payload, audience):
    assert roles.audience(action, payload) is audience


@pytest.mark.parametrize(
    ("action", "payload", "must"),
    [
        ("StartTransaction", {}, True),
        ("StopTransaction", {}, True),
        ("MeterValues", {"transactionId": 4}, True),
        ("MeterValues", {}, False),
        ("TransactionEvent", {}, True),
        ("Authorize", {}, False),
    ],
)
def test_it_knows_what_must_arrive_some_day(action, payload, must):
    assert roles.is_transactional(action, payload) is must


@pytest.mark.parametrize(
    ("command", "version", "leader", "follower"),
    [
        (START_16, V16, True, False),
        (STOP_16, V16, True, False),
        (START_2X, V201, True, False),
        (RESET, V16, True, False),
        (FIRMWARE, V16, True, False),
        (("GetConfiguration", {}), V16, True, True),
        (("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}), V21, True, True),
        (("TriggerMessage", {"requestedMessage": "Heartbeat"}), V16, True, True),
        (("UnlockConnector", {"connectorId": 1}), V16, True, False),
        (PLAIN_KEY, V16, True, False),
        (KEY, V16, False, False),
        (("ChangeConfiguration", {"key": "AuthorizationKey", "value": "x"}), V16, False, False),
        (variable("OCPPCommCtrlr", "HeartbeatInterval"), V201, True, False),
        (variable("OCPPCommCtrlr", "NetworkConfigurationPriority"), V201, False, False),
        (variable("SecurityCtrlr", "OrganizationName"), V201, False, False),
        (("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}), V201, False, False),
        (("CertificateSigned", {"certificateChain": "x"}), V201, False, False),
        (("Reset", {"type": "Sideways"}), V16, False, False),
        (("Dance", {}), V16, False, False),
    ],
)
def test_it_lets_a_leader_do_nearly_all_and_a_follower_look(command, version, leader, follower):
    action, payload = command
    for role, may in ((LEADER, leader), (FOLLOWER, follower)):
        found = roles.refusal(action, payload, role=role, allowed=None, version=version)
        assert (found is None) is may, (role, found)


def test_it_lets_a_follower_do_by_name_what_it_is_allowed_and_start_or_stop_never():
    allowed = frozenset(("Reset", "RemoteStartTransaction", "ChangeConfiguration"))

    def told(command, more=frozenset()):
        return roles.refusal(*command, role=FOLLOWER, allowed=allowed | more, version=V16)

    assert told(RESET) is None
    assert told(PLAIN_KEY) is None
    assert "Only the Leader" in told(START_16).sentence
    assert "CentralSystemURL" in told(KEY).sentence
    assert told(KEY, frozenset((CONNECTION_KEYS,))) is None
    own_password = ("ChangeConfiguration", {"key": "AuthorizationKey", "value": "x"})
    assert told(own_password, frozenset((CONNECTION_KEYS,))) is not None
    assert told(("GetConfiguration", {})) is not None


@pytest.mark.parametrize(
    ("action", "version", "answer"),
    [
        ("Reset", V16, CallResult("1", {"status": "Rejected"})),
        ("GetConfiguration", V16, CallError("1", "SecurityError", "No.")),
        ("UnlockConnector", V16, CallError("1", "SecurityError", "No.")),
        ("Dance", V16, CallError("1", "NotImplemented", "No.")),
        (
            "Reset",
            V201,
            CallResult(
                "1", {"status": "Rejected", "statusInfo": {"reasonCode": "NotAllowed", "additionalInfo": "No."}}
            ),
        ),
    ],
)
def test_it_refuses_in_the_words_of_the_command(action, version, answer):
    assert roles.build_refusal_frame(Call("1", action, {}), roles.UpstreamRefusal("No."), version=version) == answer


@pytest.mark.parametrize("role", list(UpstreamRole))
@pytest.mark.parametrize("version", list(Version))
def test_it_offers_a_switch_for_every_command_that_can_be_allowed(role, version):
    names = roles.switches(role=role, version=version)

    assert len(names) == len(set(names))
    assert names[-1] == CONNECTION_KEYS
    assert roles.usual(role=role, version=version) <= set(names)
    assert (role is LEADER) == bool(roles.START_AND_STOP & set(names))
