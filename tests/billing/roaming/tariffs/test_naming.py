"""Which tariffs hold at an outlet, and how they are called."""

from billing.models import Rate, RateAssignment, RateVersion
from billing.pricing.rates.resolver import Candidate
from billing.roaming.tariffs.naming import AtOutlet, Naming

PLAIN = Naming(taxed_at_property=frozenset(), providers={5: "NL-EMS"})


def candidate(slug: str, *, pk: int = 1, **assignment: int | None) -> Candidate:
    version = RateVersion(pk=pk, rate=Rate(slug=slug))
    return Candidate(assignment=RateAssignment(property_id=3, **assignment), version=version)


def test_a_tariff_is_called_by_its_rate_its_provider_and_its_propertys_tax():
    taxed = Naming(taxed_at_property=frozenset({1}), providers={})

    assert PLAIN.tariff_id(candidate("standard")) == "standard"
    assert PLAIN.tariff_id(candidate("standard", msp_id=5)) == "standard.p5"
    assert taxed.tariff_id(candidate("standard", msp_id=5)) == "standard.p5.t3"
    assert taxed.tariff_id(candidate("standard", pk=2)) == "standard"


def at_outlet(*candidates: Candidate, naming: Naming = PLAIN) -> AtOutlet:
    return naming.at_outlet(candidates, charger_id=7, evse_number=1)


def test_the_highest_rank_that_holds_here_is_everybodys():
    assert at_outlet(
        candidate("elsewhere", charger_id=8), candidate("other", charger_id=7, evse_number=2), candidate("general")
    ) == AtOutlet(("general",), {})
    assert at_outlet(candidate("narrow", charger_id=7, evse_number=1), candidate("general")).for_all == ("narrow",)


def test_a_provider_with_a_rate_of_its_own_has_that_one():
    assert at_outlet(candidate("own", msp_id=5), candidate("general")) == AtOutlet(
        ("general",), {"NL-EMS": ("own.p5",)}
    )


def test_its_own_rate_does_not_count_where_a_general_one_goes_before_it():
    assert at_outlet(candidate("narrow", charger_id=7), candidate("own", msp_id=5)) == AtOutlet(("narrow",), {})


def test_a_provider_that_is_not_known_any_more_and_an_outlet_without_a_rate_have_none():
    assert at_outlet(candidate("own", msp_id=9)) == AtOutlet((), {})
    assert at_outlet() == AtOutlet((), {})
