"""What a rate would cost as it is typed: the example of the editor, priced by the engine, and the linter's findings."""

import pytest

from billing.models import RateVersion
from tests.kit.rates_pages import TYPED, post, priced, rate

__all__ = ["priced", "rate"]


def test_it_previews_by_the_real_engine(priced, rate, client_of):
    # 1.00 + 20 kWh x 0.40 + (40 - 10) minutes x 0.20
    text = client_of(priced.owner).get(f"/rates/{rate.pk}/").content.decode()

    assert "20 kWh on Tuesday 17:30, unplugged 40 minutes late: $15.00" in text


def test_it_previews_what_is_typed_without_saving_it(priced, rate, client_of):
    peak = {
        "do": "preview", "energy.0.price": "0.50", "energy.0.name": "peak", "energy.0.from": "17:00",
        "energy.0.to": "21:00", "energy.0.days": ["TUE"], "connection_fee": "", "example.kwh": "10",
        "example.day": "1", "example.at": "18:00", "example.late": "0",
    }  # fmt: skip

    text = client_of(priced.owner).post(f"/rates/{rate.pk}/", TYPED | peak).content.decode()

    assert "10 kWh on Tuesday 18:00, unplugged at once: $5.00" in text
    assert RateVersion.objects.count() == 1


def test_it_answers_a_script_with_the_preview_only(priced, rate, client_of):
    client = client_of(priced.owner)

    response = client.post(f"/rates/{rate.pk}/", TYPED | {"connection_fee": "3.00"}, headers={"HX-Request": "true"})

    assert b"<html" not in response.content
    assert "$17.00" in response.content.decode()
    assert RateVersion.objects.count() == 1


def test_it_refuses_an_ambiguous_comma_in_the_example_too(priced, rate, client_of):
    text = post(client_of(priced.owner), rate, do="preview", example__kwh="1,234").content.decode()
    assert "Write 1.234 or 1234." in text


@pytest.mark.parametrize("kwh", ["", "-1", "1e9", "many"])
def test_it_asks_for_an_example_that_can_be(priced, rate, client_of, kwh):
    response = post(client_of(priced.owner), rate, do="preview", example__kwh=kwh)

    assert response.status_code == 200
    assert "Fix the example" in response.content.decode()
