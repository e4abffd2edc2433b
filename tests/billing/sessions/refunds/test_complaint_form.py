"""What a guest fills in where something is wrong: only for what is on their receipt, and while it can be said."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from billing.models import Complaint, Session
from billing.sessions.refunds import complaint_form
from billing.sessions.refunds.complaint_form import ComplaintForm
from chargers.models import Property
from tests.kit import charging


@pytest.fixture
def session(world) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


def errors(session: Session, **changes: str) -> set[str]:
    values = {"about": "energy", "text": "The cable did not come out.", "email": ""} | changes
    return set(ComplaintForm(values, session=session).errors)


def test_it_names_the_lines_of_the_receipt_and_something_else(session):
    choices = [about for about, _ in ComplaintForm(session=session).fields["about"].choices]

    assert choices == ["connection", "energy", "other"]
    assert errors(session) == set()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"about": "idle"}, {"about"}),
        ({"text": " "}, {"text"}),
        ({"text": "x" * 5000}, {"text"}),
        ({"email": "kim@"}, {"email"}),
        ({"email": "kim@example.com"}, set()),
    ],
)
def test_what_is_wrong_is_named(session, changes, wrong):
    assert errors(session, **changes) == wrong


def test_a_complaint_is_in_the_language_in_which_it_was_written(session):
    form = ComplaintForm({"about": "other", "text": "Kaputt.", "email": ""}, session=session)
    assert form.is_valid()

    with translation.override("de"):
        said = form.as_complaint()

    assert (said.about, said.text, said.language) == (Complaint.About.OTHER, "Kaputt.", "de")


def test_the_page_has_the_form_while_something_can_be_said(session):
    assert complaint_form.context(session)["complaint_form"] is not None
    with time_machine.travel(charging.YESTERDAY + timedelta(days=2000)):
        assert complaint_form.context(session)["complaint_form"] is None


def test_what_was_said_stands_there_with_the_line_that_is_meant(session):
    made = charging.complaint(session)

    context = complaint_form.context(session)

    assert [(row, str(label)) for row, label in context["complaints"]] == [(made, "The energy")]
