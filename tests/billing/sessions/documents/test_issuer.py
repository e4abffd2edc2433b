"""Who issues a document: the company, as it was when the document was made."""

from billing.models import HomeInvoice
from billing.sessions.documents import issuer
from chargers.models import Host

SUNSET = Host(name="Sunset Stays", legal_name="Sunset B.V.", legal_address="Kade 1, Delft", tax_number="NL001")


def test_a_company_has_its_lines_without_empty_ones():
    assert issuer.company(SUNSET) == ["Sunset B.V.", "Kade 1, Delft", "NL001"]
    assert issuer.company(Host(name="Sunset Stays", tax_number="NL001")) == ["Sunset Stays", "NL001"]


def test_an_invoice_keeps_the_company_of_then_and_one_without_it_has_that_of_now():
    assert issuer.of_home_invoice(HomeInvoice(host=SUNSET, printed={"issuer": ["Sunrise N.V."]})) == ["Sunrise N.V."]
    assert issuer.of_home_invoice(HomeInvoice(host=SUNSET, printed={"issuer": []})) == []
    assert issuer.of_home_invoice(HomeInvoice(host=SUNSET, printed={})) == issuer.company(SUNSET)
