"""What stands on a payout's papers as it was when the payout was closed."""

from billing.models import Payout
from billing.payouts.cycle import printed_company
from chargers.models import Host, Property

SUNSET = Host(name="Sunset Stays", legal_name="Sunset B.V.", tax_number="NL001")
THEN = {"issuer": ["Sunrise N.V."], "payee": "Sunrise"}


def test_a_closed_one_has_the_company_of_then():
    assert printed_company.read(Payout(host=SUNSET, printed=THEN)) == THEN


def test_one_that_is_not_closed_has_the_company_of_now_and_is_paid_to_the_property_where_it_has_its_own():
    assert printed_company.read(Payout(host=SUNSET)) == {"issuer": ["Sunset B.V.", "NL001"], "payee": str(SUNSET)}
    site = Property(host=SUNSET, name="Sunset 1")
    assert printed_company.now(Payout(host=SUNSET, property=site))["payee"] == str(site)
