"""What a system of the catalogue says of itself."""

from authorization.pms.systems import catalogue
from authorization.pms.systems.entry import WEBHOOK_SECRET, to_charge


def test_sentences_about_a_reading_name_who_answered():
    calendar, account = catalogue.ALL["ical"], catalogue.ALL["guesty"]

    assert (calendar.is_calendar, calendar.speaker) == (True, "The calendar's server")
    assert (account.is_calendar, account.speaker) == (False, "Guesty")


def test_what_only_charges_need_is_optional_and_says_so():
    credential = to_charge("service_id", "Service")

    assert (credential.is_required, credential.is_of_account) == (False, False)
    assert "nothing is charged" in credential.purpose
    assert not WEBHOOK_SECRET.is_required
