"""What a 2.0.1 station reports about itself beside charging: limits, reservations, its screen, certificates. Pure."""

from datetime import UTC, datetime

from tests.kit.v201 import read

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_it_reads_a_report_of_variables():
    found = read(
        "NotifyReport",
        {
            "requestId": 5,
            "generatedAt": "2026-03-10T12:00:00Z",
            "seqNo": 0,
            "tbc": True,
            "reportData": [
                {
                    "component": {"name": "EVSE", "evse": {"id": 1}},
                    "variable": {"name": "Power"},
                    "variableAttribute": [
                        {"type": "Actual", "value": "0", "mutability": "ReadOnly"},
                        {"type": "MaxSet"},
                    ],
                }
            ],
        },
    )

    assert (found.event.request_id, found.event.more_follows) == (5, True)
    assert [(one.component, one.evse, one.name, one.attribute, one.value) for one in found.event.variables] == [
        ("EVSE", 1, "Power", "Actual", "0"),
        ("EVSE", 1, "Power", "MaxSet", None),
    ]


def test_it_reads_a_status_out_of_a_monitored_event():
    found = read(
        "NotifyEvent",
        {
            "generatedAt": "2026-03-10T12:00:00Z",
            "seqNo": 0,
            "eventData": [
                {
                    "eventId": 1,
                    "timestamp": "2026-03-10T12:00:00Z",
                    "trigger": "Delta",
                    "actualValue": "Faulted",
                    "eventNotificationType": "HardWiredNotification",
                    "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 2}},
                    "variable": {"name": "AvailabilityState"},
                }
            ],
        },
    )

    (monitored,) = found.event.events
    assert monitored.summary == "Connector of EVSE 1: AvailabilityState is Faulted"
    assert (monitored.status.evse, monitored.status.connector, monitored.status.status) == (1, 2, "Faulted")


def test_it_reads_how_many_cards_the_local_list_can_hold():
    entries = {
        "component": {"name": "LocalAuthListCtrlr"},
        "variable": {"name": "Entries"},
        "variableAttribute": [{"type": "Actual", "value": "3", "mutability": "ReadOnly"}],
        "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": False, "maxLimit": 150},
    }
    report = {"requestId": 5, "generatedAt": "2026-03-10T12:00:00Z", "seqNo": 0, "reportData": [entries]}

    found = read("NotifyReport", report).event.variables

    assert [(one.attribute, one.value) for one in found] == [("Actual", "3"), ("MaxSet", "150")]
