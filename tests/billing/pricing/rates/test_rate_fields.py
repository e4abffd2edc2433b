"""The rate editor as its template shows it: each field with its label, its text and its complaints."""

import pytest

from billing.models import Rate, RateVersion
from tests.kit.rates_pages import TYPED, post, priced, rate

__all__ = ["priced", "rate"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0,45", "0.45"),
        ("0.45", "0.45"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234,50", "1234.50"),
        ("0,125", "0.125"),
        ("1.234", "1.234"),
        ("1,2345", "1.2345"),
    ],
)
def test_it_takes_a_decimal_comma(priced, rate, client_of, typed, stored):
    sure = {"meant": "yes"}
    post(client_of(priced.owner), rate, **{"energy.0.price": typed, "tax.rates.energy": "8,25"}, **sure)

    definition = RateVersion.objects.latest("number").definition
    assert (definition["energy"][0]["price"], definition["tax"]["rates"]["energy"]) == (stored, "8.25")


def test_it_names_fields_as_the_form_does(priced, rate, client_of):
    tiers = {"energy.0.from_kwh": "10", "energy.0.to_kwh": "5"}

    text = post(client_of(priced.owner), rate, **tiers).content.decode()

    assert "“Up to (kWh)” must be the higher of the two." in text
    assert "to_kwh`" not in text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("energy.0.price", "-0.10", "negative"),
        ("energy.0.price", "0,4,0", "Expected a decimal number"),
        ("energy.0.name", "", "Name is missing."),
        ("connection_fee", "abc", "Expected a decimal number"),
        ("tax.rates.energy", "120", "120 % is not between 0 and 100."),
        ("idle.grace_min", "ten", "Expected a whole number"),
        ("idle.per_min", "", "Price per minute is missing."),
        ("energy.0.from", "25:00", "Expected a time of day such as 17:00"),
        ("name", "", "Give the rate a name"),
    ],
)
def test_it_names_a_mistake_at_its_field(priced, rate, client_of, field, typed, words):
    text = client_of(priced.owner).post(f"/rates/{rate.pk}/", TYPED | {field: typed}).content.decode()

    place = text[text.index(f'id="f-{field}"') :]
    assert 'aria-invalid="true"' in place[: place.index(">")]
    assert words in place[: place.index("</ul>")]
    assert RateVersion.objects.count() == 1


@pytest.mark.parametrize(
    "field", ["energy.0.price", "energy.0.to_kwh", "connection_fee", "time.price", "tax.rates.energy", "min_total"]
)
def test_it_refuses_a_comma_that_can_be_read_in_two_ways(priced, rate, client_of, field):
    text = post(client_of(priced.owner), rate, **{field: "1,234", "meant": "yes"}).content.decode()

    assert "1,234 can be read in two ways. Write 1.234 or 1234." in text
    assert f'id="e-{field}"' in text
    assert 'value="1,234"' in text
    assert RateVersion.objects.count() == 1


def test_a_mistake_in_the_hours_of_a_fee_stands_at_its_field(priced, rate, client_of):
    text = client_of(priced.owner).post(f"/rates/{rate.pk}/", TYPED | {"idle.windows.0.from": "8"}).content.decode()

    assert 'id="e-idle.windows.0.from"' in text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"time.price": "-1"}, "e-time.price"),
        ({"max_total": "1", "min_total": "2"}, "e-max_total"),
        ({"energy.0.to_date": "2026-06-01", "energy.0.from_date": "2026-06-02"}, "e-energy.0.to_date"),
        ({"processing_pct": "120"}, "e-processing_pct"),
    ],
)
def test_a_complaint_stands_at_its_field(priced, client_of, typed, field):
    base = {"name": "Plain", "energy.0.name": "all day", "energy.0.price": "0.60", "do": "save", "based_on": "1"}
    text = client_of(priced.owner).post(f"/rates/{Rate.objects.get().pk}/", base | typed).content.decode()
    assert f'id="{field}"' in text
