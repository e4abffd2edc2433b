"""The ten topics of the article on the most common questions, against its lines, and the one on receipts."""

import pytest

from support.topics import catalogue
from support.topics.details import Detail
from support.topics.topic import Asker, Priority, Queue

TO_SEND = {
    1: {
        "Property name and address": {"property"},
        "Charger ID or a clear photo of the QR code": {"charger_id"},
        "Date and approximate time of your most recent attempt": {"attempted_at"},
    },
    2: {
        "Property name and charger ID/QR photo": {"property", "charger_id"},
        "Date/time of your latest attempt": {"attempted_at"},
        "Screenshot of any error (if available)": {"screenshot"},
    },
    3: {
        "Property name": {"property"},
        "Photo or ID of the charger’s QR label": {"charger_id"},
        "Email/phone on your OK2Charge account": {"account_email"},
    },
    4: {
        "Property name": {"property"},
        "Date and approximate time of the session(s)": {"attempted_at"},
        "Amount(s) charged": {"amount"},
        "Last 4 digits of the payment card used": {"last4"},
    },
    5: {
        "Property name": {"property"},
        "Charger ID/QR photo (if possible)": {"charger_id"},
        "Date and time of the session": {"attempted_at"},
        "Total amount charged": {"amount"},
    },
    6: {
        "Email/phone on your OK2Charge account": {"account_email"},
        "Cancel subscription only, or": {"cancel_or_delete"},
        "Delete the account and associated data": {"cancel_or_delete"},
    },
    7: {"Current account email": {"account_email"}, "New email address you want to use": {"new_email"}},
    8: {
        "Property name and address": {"property"},
        "Charger serial number and/or QR code photo": {"charger_id"},
        "PMS name (if any)": {"pms_name"},
        "Whether the PMS integration has already been connected in OK2Charge": {"pms_connected"},
    },
    9: {
        "Screenshot of the error": {"screenshot"},
        "Property name and charger ID/QR photo": {"property", "charger_id"},
        "Date/time of the guest’s latest attempt": {"attempted_at"},
    },
    10: {
        "Account or property name": {"property"},
        "Payout ID(s) or the date range in question": {"payout_id", "statement_period"},
        "Any specific amounts you’d like reconciled": {"amount"},
    },
}
"""Every line under "provide", "contact support with" and "What to send support"."""
IF_POSSIBLE = {"Screenshot of any error (if available)", "Charger ID/QR photo (if possible)", "PMS name (if any)",
               "Any specific amounts you’d like reconciled"}  # fmt: skip
CODES = {
    "property", "charger_id", "attempted_at", "amount", "last4", "account_email", "new_email", "screenshot", "pms_name",
    "payout_id", "statement_period", "cancel_or_delete", "vehicle_message",
}  # fmt: skip


@pytest.mark.parametrize(
    ("number", "line", "details"), [(topic, line, TO_SEND[topic][line]) for topic in TO_SEND for line in TO_SEND[topic]]
)
def test_a_topic_asks_for_what_the_article_asks_for(number: int, line: str, details: set[str]):
    found = [one for one in catalogue.TOPICS[number].requirements if one.article == line]

    assert {detail.value for one in found for detail in one.any_of} == details
    assert {one.is_optional for one in found} == {line in IF_POSSIBLE}


def test_there_are_the_ten_topics_of_the_article():
    assert list(TO_SEND) == list(range(1, 11))
    assert list(catalogue.TOPICS) == [*TO_SEND, catalogue.RECEIPT]
    assert len({topic.code for topic in catalogue.TOPICS.values()}) == 11


def test_a_receipt_needs_what_finds_its_session():
    asked = [
        one.any_of for one in catalogue.missing_requirements(catalogue.TOPICS[catalogue.RECEIPT], known_details=())
    ]

    assert asked == [(Detail.CHARGER_ID,), (Detail.ATTEMPTED_AT,), (Detail.LAST4,)]


def test_the_details_have_the_codes_of_the_assistant():
    assert {detail.value for detail in Detail} == CODES | {"pms_connected", "document"}


@pytest.mark.parametrize(
    ("number", "symptom"),
    [
        (1, "Property dashboard shows charger offline"),
        (2, "Charger is beeping or shows unusual lights"),
        (3, "“No permission” or “Access denied” when scanning the QR code"),
        (4, "Multiple connection fees after failed attempts"),
        (5, "User asks “How was this charge calculated?”"),
        (6, "Wanting to remove a saved credit card"),
        (7, "Transferring account access to a new contact"),
        (8, "Chargers missing from the “network list”"),
        (9, "App won’t progress after payment step"),
        (10, "“Failed payouts” showing"),
    ],
)
def test_a_topic_has_the_symptoms_of_the_article(number: int, symptom: str):
    assert symptom in catalogue.TOPICS[number].symptoms


def test_settings_and_payouts_are_questions_of_hosts_only():
    guests = {topic.number for topic in catalogue.for_asker(Asker.GUEST)}
    hosts = {topic.number for topic in catalogue.for_asker(Asker.HOST)}

    assert guests == {1, 2, 3, 4, 5, 6, 7, 9, 11}
    assert {8, 10} <= hosts


def test_who_stands_at_a_charger_comes_before_who_asks_about_money():
    charging = {topic.number for topic in catalogue.TOPICS.values() if topic.priority is Priority.HIGH}

    assert charging == {1, 2, 3, 9}
    assert {catalogue.TOPICS[number].queue for number in charging} == {Queue.CHARGING}


def test_what_is_known_is_not_asked():
    overcharged = catalogue.TOPICS[4]
    known = {Detail.PROPERTY, Detail.ATTEMPTED_AT, Detail.AMOUNT}

    assert [one.any_of for one in catalogue.missing_requirements(overcharged, known_details=known)] == [(Detail.LAST4,)]
    assert catalogue.missing_requirements(overcharged, known_details={*known, Detail.LAST4}) == []


def test_each_detail_is_asked_once():
    asked = [one.any_of for one in catalogue.missing_requirements(catalogue.TOPICS[6], known_details=())]

    assert asked == [(Detail.ACCOUNT_EMAIL,), (Detail.CANCEL_OR_DELETE,)]


def test_one_of_two_that_will_do_is_enough():
    known = {Detail.PROPERTY, Detail.STATEMENT_PERIOD}

    assert [one.any_of for one in catalogue.missing_requirements(catalogue.TOPICS[10], known_details=known)] == [
        (Detail.AMOUNT,)
    ]
