"""The files of a payout say what held when it was closed."""

from datetime import UTC, datetime

import pytest

from authorization.models import User
from backoffice.portal.hosts import acts as host_acts
from billing.models import Payout
from billing.payouts.cycle import bridge_files, cycle
from tests.kit import pdf
from tests.kit.payouts import books

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed() -> Payout:
    known = books()
    known.host.legal_name, known.host.legal_address, known.host.tax_number = "Sunset B.V.", "Kade 1, Delft", "NL001"
    known.host.save()
    known.agree(cycle="manual")
    known.bank()
    known.sale(1190, tax=190, at=datetime(2026, 1, 10, tzinfo=UTC))
    cycle.close_host(known.host, until=datetime(2026, 1, 20, tzinfo=UTC), now=datetime(2026, 1, 20, tzinfo=UTC))
    return Payout.objects.get()


def moved(payout: Payout) -> None:
    """The company is renamed by its owner, a month later."""
    owner = User.objects.create_superuser(email="owner@example.com")
    host = payout.host
    host.legal_name, host.legal_address, host.tax_number = "Sunrise N.V.", "Plein 9, Gent", "BE002"
    assert host_acts.change_company(host, by=owner, now=datetime(2026, 2, 20, tzinfo=UTC))


def test_the_paper_of_a_closed_payout_names_the_company_of_then(closed: Payout):
    before = pdf.text(bridge_files.bridge_pdf(closed))

    moved(closed)

    after = pdf.text(bridge_files.bridge_pdf(Payout.objects.get()))
    assert after == before
    assert all(text in after for text in ("Sunset B.V.", "Kade 1, Delft", "NL001"))
