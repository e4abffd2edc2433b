from decimal import Decimal

import pytest

from chargers.protocol import schemas
from chargers.protocol.frames import Fault, Version
from chargers.protocol.schemas import PayloadPart, Sender

V16, V201, V21 = Version.V16, Version.V201, Version.V21


@pytest.mark.parametrize(("version", "count"), [(V16, 39), (V201, 64), (V21, 91)])
def test_it_knows_every_action_and_who_sends_it(version, count):
    charger = schemas.actions(version=version, sender=Sender.CHARGER)
    central_system = schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM)

    assert len(schemas.all_actions(version)) == count
    assert charger | central_system == schemas.all_actions(version)
    assert charger & central_system == {"DataTransfer", "NotifyWebPaymentStarted"} & schemas.all_actions(version)


@pytest.mark.parametrize("version", Version)
def test_it_compiles_every_schema(version):
    for action in schemas.all_actions(version):
        schemas.violations(version=version, action=action, part=PayloadPart.REQUEST, payload={})
        schemas.violations(version=version, action=action, part=PayloadPart.RESPONSE, payload={})


def test_it_lets_nothing_but_an_empty_answer_go_to_a_send():
    send = {"version": V21, "action": "NotifyPeriodicEventStream", "part": PayloadPart.RESPONSE}

    assert schemas.violations(payload={}, **send) == ()
    assert schemas.violations(payload={"status": "Accepted"}, **send)


@pytest.mark.parametrize(
    ("action", "payload", "fault", "path", "sentence"),
    [
        ("Authorize", {}, Fault.OCCURRENCE, "idTag", "idTag is missing: add it."),
        ("Authorize", {"idTag": "x" * 21}, Fault.PROPERTY, "idTag", "idTag has 21 characters: write at most 20."),
        ("Authorize", {"idTag": 5}, Fault.TYPE, "idTag", "idTag is 5: write a text."),
        (
            "Authorize",
            {"idTag": "A", "b": 1},
            Fault.FORMATION,
            "b",
            "Authorize has no field b in the payload: leave it out.",
        ),
        (
            "Reset",
            {"type": "Warm"},
            Fault.PROPERTY,
            "type",
            'type is "Warm": write one of Hard, Soft.',
        ),
        (
            "MeterValues",
            {"connectorId": 1, "meterValue": [{"sampledValue": [{}], "timestamp": "2026-03-10T12:00:00Z"}]},
            Fault.OCCURRENCE,
            "meterValue.0.sampledValue.0.value",
            "meterValue.0.sampledValue.0.value is missing: add it.",
        ),
        (
            "RemoteStopTransaction",
            {"transactionId": "1"},
            Fault.TYPE,
            "transactionId",
            'transactionId is "1": write a whole number.',
        ),
    ],
)
def test_it_names_the_field_and_the_mend(action, payload, fault, path, sentence):
    found = schemas.violation(version=V16, action=action, part=PayloadPart.REQUEST, payload=payload)

    assert found == schemas.Violation(fault, path, sentence)


def test_it_names_the_faults_in_the_words_of_each_version():
    assert Fault.FORMATION.code(V16) == "FormationViolation"
    assert Fault.FORMATION.code(V201) == "FormatViolation"
    assert Fault.OCCURRENCE.code(V16) == "OccurenceConstraintViolation"
    assert Fault.OCCURRENCE.code(V21) == "OccurrenceConstraintViolation"


def test_it_finds_several_differences():
    found = schemas.violations(version=V16, action="StartTransaction", part=PayloadPart.REQUEST, payload={"idTag": 1})

    assert {one.path for one in found} == {"idTag", "connectorId", "meterStart", "timestamp"}


@pytest.mark.parametrize(("limit", "fits"), [("21.4", True), ("21.45", False)])
def test_it_judges_decimals_exactly(limit, fits):
    period = {"startPeriod": 0, "limit": Decimal(limit)}
    payload = {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]},
        },
    }

    found = schemas.violation(version=V16, action="SetChargingProfile", part=PayloadPart.REQUEST, payload=payload)

    assert (found is None) is fits


def test_it_refuses_nesting_beyond_reading_without_raising():
    deep: dict[str, object] = {}
    for _ in range(400):
        deep = {"a": deep}

    assert schemas.violation(version=V16, action="Heartbeat", part=PayloadPart.REQUEST, payload=deep)
