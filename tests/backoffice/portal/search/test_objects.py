"""What has a name or a key of its own: chargers, tokens, properties, units, rates, providers, people, groups, plans."""

import pytest

from backoffice.portal.search import finding
from billing.models import BankLine, Payout, Session
from chargers.fleet import hardware_swaps
from chargers.models import Charger, Connector, Evse
from tests.kit.bank_lines import Line, brought
from tests.kit.finding import known
from tests.kit.portfolio import AT

__all__ = ["known"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["BANK-REF-77", "bank-ref-77", "€77.31", "-77.31", "Greta Landlord", "E2E-2026-0001"])
def test_agents_find_bank_lines_by_amount_reference_and_name_and_hosts_do_not(known, text):
    [line] = brought(Line(amount="-77.31", reference="BANK-REF-77", name="Greta Landlord", text="Rent"))
    BankLine.objects.filter(pk=line.pk).update(bank_ref="E2E-2026-0001")

    [hit] = [one for one in finding.find(known.agent, text) if one.id.startswith("bank-line")]

    assert hit.url == f"/books/bank/{line.pk}/"
    assert hit.title == "Bank line of 7 April 2026, −€77.31, Greta Landlord"
    assert not [one for one in finding.find(known.owner, text) if one.id.startswith("bank-line")]


def test_a_digit_is_no_typo_and_a_stranger_finds_nothing_by_one(known):
    assert finding.find(known.owner, "SUN009") == []
    assert finding.find(known.owner, "SUN01") == []
    assert [hit for hit in finding.find(known.stranger, "Blff House") if hit.kind == "property"] == []


def test_the_beginning_of_an_id_is_enough(known):
    session, payout = Session.objects.filter(host=known.host).first(), Payout.objects.filter(host=known.host).first()

    for row, kind in ((session, "session"), (payout, "payout")):
        for begun in (str(row.pk)[:13], str(row.pk)[:20], f"{str(row.pk)[:18]}…"):
            assert (kind, str(row.pk)) in [(hit.kind, hit.id) for hit in finding.find(known.owner, begun)]
        assert finding.find(known.stranger, str(row.pk)[:20]) == []


def test_error_codes_and_firmware_lead_to_their_chargers(known):
    first, second = Charger.objects.filter(property__host=known.host).order_by("charger_id")[:2]
    Charger.objects.filter(pk=first.pk).update(firmware_version="AC-5.12.3b", serial_number="SN-998877")
    evse = Evse.objects.create(charger=second, number=9)
    Connector.objects.create(
        evse=evse, number=1, status="Faulted", error_code="GroundFailure", vendor_error_code="E-77"
    )

    def chargers(text: str) -> list[str]:
        return [hit.id for hit in finding.find(known.owner, text) if hit.kind == "charger"]

    for text in ("AC-5.12.3b", "ac-5.12", "SN-998877"):
        assert chargers(text) == [first.charger_id]
    for text in ("GroundFailure", "groundfailure", "E-77"):
        assert chargers(text) == [second.charger_id]
    Connector.objects.filter(evse=evse).update(error_code="NoError", vendor_error_code="", status="Available")
    assert [hit.why for hit in finding.find(known.owner, "GroundFailure")][:1] in (
        [], ["It reported this error in the last 30 days."],
    )  # fmt: skip
    assert [hit.kind for hit in finding.find(known.stranger, "AC-5.12.3b")] == []


def test_the_former_id_of_replaced_hardware_leads_to_the_charger(known):
    charger = Charger.objects.filter(property__host=known.host).first()
    former = charger.charger_id
    hardware_swaps.replace(charger, "NEW-BOX", reason="", origin="user:a@b.c", is_paid=lambda _: False, now=AT)

    assert ("charger", "NEW-BOX") in [(hit.kind, hit.id) for hit in finding.find(known.owner, former)]
    assert "NEW-BOX" not in [hit.id for hit in finding.find(known.stranger, former)]
