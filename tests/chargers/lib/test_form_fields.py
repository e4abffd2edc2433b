"""A moment of a form: of the active zone, or with an offset of its own, in UTC."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import timezone, translation

from chargers.lib.form_fields import GuestForm, MomentFormField


def test_a_time_is_of_the_active_zone():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        moment = MomentFormField().clean("2026-07-01 12:00")

    assert (moment, moment.tzinfo) == (datetime(2026, 7, 1, 10, tzinfo=UTC), UTC)


def test_an_offset_that_is_stated_counts_more_than_the_zone():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert MomentFormField().clean("2026-07-01T12:00:00-04:00") == datetime(2026, 7, 1, 16, tzinfo=UTC)


def test_nothing_is_no_moment():
    assert MomentFormField(required=False).clean("") is None


@pytest.mark.parametrize(
    "typed", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "tomorrow", "2026-02-30 12:00"]
)
def test_what_no_calendar_has_is_refused(typed: str):
    with pytest.raises(forms.ValidationError):
        MomentFormField().clean(typed)


class Sample(GuestForm):
    name = forms.CharField(max_length=3)
    own = forms.CharField(error_messages={"required": "Tell us."})
    email = forms.EmailField()
    kind = forms.ChoiceField(choices=[("a", "A")])
    day = forms.DateField()


def test_a_form_of_guests_refuses_in_our_own_words_in_their_language():
    typed = {"name": "four", "email": "kim", "kind": "x", "day": "soon"}

    assert Sample(typed).errors == {
        "name": ["Write at most 3 characters."],
        "own": ["Tell us."],
        "email": ["This is no e-mail address. Write it like name@example.com."],
        "kind": ["Choose one of the options shown."],
        "day": ["This is no date. Write it like 2026-12-31."],
    }
    assert Sample({}).errors["name"] == ["Please fill this in."]
    assert Sample({}).errors["kind"] == ["Choose one."]
    with translation.override("de"):
        assert Sample(typed).errors["kind"] == ["Wählen Sie eine der angezeigten Möglichkeiten."]


def test_a_field_added_later_is_no_exception():
    form = Sample({})
    form.fields["more"] = forms.CharField()

    assert form.errors["more"] == ["Please fill this in."]
