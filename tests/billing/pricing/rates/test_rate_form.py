"""The rate editor's fields: text as a person typed it, the definition that it means, and what is wrong where."""

from django.http import QueryDict

from billing.models import RateVersion
from billing.pricing.rates import catalogue, rate_form
from tests.kit.rates_pages import EVERYTHING, priced, rate

__all__ = ["priced", "rate"]


def test_the_form_says_everything_that_a_rate_can_say_and_changes_nothing():
    form = rate_form.read_definition(EVERYTHING)
    data = QueryDict(mutable=True)
    data.update(form.values)
    for index, row in enumerate(form.energy):
        for key, attribute in rate_form.ROW_KEYS.items():
            data[f"energy.{index}.{key}"] = getattr(row, attribute)
        data.setlist(f"energy.{index}.days", list(row.days))
    for path, windows in form.windows.items():
        for index, window in enumerate(windows):
            data[f"{path}.{index}.from"], data[f"{path}.{index}.to"] = window.start, window.end
            data.setlist(f"{path}.{index}.days", list(window.days))
    data.setlist("idle.exempt_audiences", list(form.exempt))

    assert form.definition == EVERYTHING
    assert rate_form.read_post(data).definition == EVERYTHING
    assert rate_form.read_post(data).check(currency="EUR")


def test_the_form_says_when_a_fee_applies_of_a_rate_that_says_when_it_is_free(priced, rate, client_of):
    free = {"per_min": "0.20", "free_windows": [["22:00", "07:00"], ["12:00", "13:00"]]}
    definition = {"energy": [{"name": "all day", "price": "0.40"}], "idle": free}
    RateVersion.objects.update(definition=definition)
    form = rate_form.read_definition(definition)

    assert form.definition["idle"]["windows"] == [{"from": "07:00", "to": "12:00"}, {"from": "13:00", "to": "22:00"}]
    assert catalogue.prices_alike(rate, definition, form.definition)


def test_the_form_says_of_a_fee_that_is_always_free_that_it_costs_nothing(priced):
    free = {"per_min": "0.20", "free_windows": [["00:00", "12:00"], ["12:00", "00:00"]]}

    form = rate_form.read_definition({"energy": [{"name": "all day", "price": "0.40"}], "idle": free})

    assert form.definition["idle"] == {"per_min": "0"}
