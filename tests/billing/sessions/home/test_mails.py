"""Statements of home charging by e-mail: to the employer's address, and to the employee whose card it is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.test import override_settings

from authorization.models import User
from billing import tasks
from billing.models import Driver, DriverToken, OutgoingMail
from billing.sessions.home import home_charging
from chargers.lib import ids
from tests.kit.home import charge

MARCH = date(2026, 3, 1)
IN_APRIL = datetime(2026, 4, 3, tzinfo=UTC)
NO_ADDRESS = ["", "Accounting, Ms Lee", "ask at the desk <desk@acme.example>"]


def claimed(contract) -> None:
    """The employee has claimed the card with a driver account."""
    user = User.objects.create(email="kim@example.com")
    driver = Driver.objects.create(id=ids.generate(now=IN_APRIL), user=user, created_at=IN_APRIL)
    DriverToken.objects.create(driver=driver, token=contract.token, proof="code", claimed_at=IN_APRIL)


def billed(site, contract, contact: str) -> None:
    contract.employer_contact = contact
    contract.save()
    charge(site, contract.token, 10_000)
    home_charging.close(site.host, MARCH, now=IN_APRIL)


def test_the_employer_and_the_employee_are_sent_their_papers_once(site, contract):
    claimed(contract)
    billed(site, contract, "accounts@acme.example")
    home_charging.close(site.host, MARCH, now=IN_APRIL + timedelta(days=1))

    assert sorted(OutgoingMail.objects.values_list("address", flat=True)) == [
        "accounts@acme.example",
        "kim@example.com",
    ]
    with override_settings(EMAIL_URL="smtp://mail.example"):
        assert tasks.send_mails() == 2
    employer, employee = sorted(mail.outbox, key=lambda one: one.to[0])
    assert employer.subject == "Home charging: invoice H2026-000001 of Sunset Stays"
    assert "Please name H2026-000001 with your payment." in employer.body
    assert "http" not in employer.body
    assert employee.subject == "Home charging in March 2026"
    assert "Acme pays you back $3.10 for charging at home in March 2026." in employee.body
    for one in (employer, employee):
        [(name, content, kind)] = one.attachments
        assert name.startswith("H2026-000001")
        assert (content[:5], kind) == (b"%PDF-", "application/pdf")


@pytest.mark.parametrize("contact", NO_ADDRESS)
def test_a_contact_that_is_no_address_and_a_card_that_nobody_claimed_get_no_letter(site, contract, contact):
    billed(site, contract, contact)

    assert not OutgoingMail.objects.exists()
