"""pain.001.001.09: valid by its schema, the same bytes each time, our ids in it, faults in sentences."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.outgoing import pain001
from billing.payouts.bank_files.outgoing.orders import Address, OrderError, PaymentOrder, SepaAccount
from tests.kit.bank_statements import OURS, THEIRS
from tests.kit.payment_orders import dollar, euro, sepa_order, us_order


@cache
def schema():
    """Imported here: its import patches ElementTree meanwhile."""
    from xmlschema import XMLSchema

    return XMLSchema(str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd"))


NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


def text(content: bytes, *names: str) -> str:
    path = "/".join(f"{NAMESPACE}{name}" for name in names)
    return ET.fromstring(content).findtext(f".//{path}") or ""


def all_texts(content: bytes, name: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(content).iter(f"{NAMESPACE}{name}")]


def sentences(order: PaymentOrder) -> list[str]:
    with pytest.raises(OrderError) as caught:
        pain001.write(order)
    return list(caught.value.sentences)


def test_it_writes_an_order():
    content = pain001.write(sepa_order(euro(), euro(end_to_end_id="PO-2", amount_minor=5)))

    assert content.startswith(
        b'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"'
    )
    assert text(content, "GrpHdr", "MsgId") == "CYCLE-7"
    assert text(content, "GrpHdr", "CreDtTm") == "2026-11-23T09:05:00"
    assert all_texts(content, "NbOfTxs") == ["2", "2"]
    assert all_texts(content, "CtrlSum") == ["250.05", "250.05"]
    assert all_texts(content, "PmtInfId") == ["CYCLE-7"]
    assert text(content, "ReqdExctnDt", "Dt") == "2026-11-25"
    assert all_texts(content, "EndToEndId") == ["PO-1", "PO-2"]
    assert all_texts(content, "InstdAmt") == ["250.00", "0.05"]
    assert all_texts(content, "IBAN") == [OURS, THEIRS, THEIRS]
    assert all_texts(content, "Ustrd") == ["Payout October 2026"] * 2


@pytest.mark.parametrize(("booking", "batch"), [("each", "false"), ("sum", "true")])
def test_the_bank_books_each_payment_or_their_sum(booking: str, batch: str):
    assert all_texts(pain001.write(sepa_order(euro(), booking=booking)), "BtchBookg") == [batch]


def test_one_order_is_always_the_same_file():
    """The library alone makes other ids each time, and takes the time from the clock."""
    order = sepa_order(euro())

    assert pain001.write(order) == pain001.write(order)


def test_the_ids_of_the_file_are_ours_whatever_the_texts_say():
    content = pain001.write(sepa_order(euro(holder="<MsgId>x</MsgId>", text="<CreDtTm>"), message_id="M-1"))

    assert all_texts(content, "MsgId") == ["M-1"]


def test_a_bank_without_bic_is_not_provided():
    content = pain001.write(sepa_order(euro()))

    assert text(content, "DbtrAgt", "FinInstnId", "Othr", "Id") == "NOTPROVIDED"
    assert b"CdtrAgt" not in content


def test_bics_are_written_where_they_are_known():
    account = SepaAccount(iban=OURS, bic="deutdeff")
    content = pain001.write(sepa_order(euro(account=SepaAccount(iban=THEIRS, bic="ABNANL2A")), account=account))

    assert all_texts(content, "BICFI") == ["DEUTDEFF", "ABNANL2A"]


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (Address(town="Köln", country="DE", street="Domstraße", building_number="1", postcode="50667"), []),
        (Address(town="Köln", country="DE", lines=("c/o Meyer", "Hinterhaus")), ["c/o Meyer", "Hinterhaus"]),
    ],
)
def test_addresses_are_structured_or_hybrid(address: Address, lines: list[str]):
    content = pain001.write(sepa_order(euro(address=address), address=address))

    assert all_texts(content, "TwnNm") == ["Koln", "Koln"]
    assert all_texts(content, "Ctry") == ["DE", "DE"]
    assert all_texts(content, "AdrLine") == lines * 2
    assert b"AdrTp" not in content


@pytest.mark.parametrize(
    "address",
    [
        Address(town="", country="DE", lines=("Domstr. 1", "50667 Köln")),
        Address(town="Köln", country="Germany"),
        Address(town="Köln", country="DE", lines=("a", "b", "c")),
        Address(town="Köln", country="DE", lines=("a" * 71,)),
        Address(town="K" * 36, country="DE"),
    ],
)
def test_other_addresses_are_refused(address: Address):
    [sentence] = sentences(sepa_order(euro(address=address)))

    assert sentence.startswith("Payment PO-1: ")
    assert "address of the holder" in sentence


def test_names_are_written_in_the_characters_of_banks():
    content = pain001.write(sepa_order(euro(holder="Müller & Søn – Łódź_“Hotel”", text="Grüße €5 @home")))

    assert all_texts(content, "Nm")[-1] == "Muller + Son - Lodz-.Hotel."
    assert all_texts(content, "Ustrd") == ["Grusse EUR5 .home"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"account": SepaAccount(iban="NL91ABNA0417164301")},
            "The IBAN NL91…4301 is not valid: its check digits do not fit, so a character is wrong or missing.",
        ),
        ({"account": SepaAccount(iban=THEIRS, bic="ABNA")}, "The BIC ABNA is not valid: it has 8 or 11 characters"),
        ({"account": SepaAccount(iban="BR1800360305000010009795493C1")}, "is of BR, where SEPA payments do not go."),
        ({"account": dollar().account}, "it does not go to an account with an IBAN."),
        ({"holder": "😀"}, "The name of the holder “😀” has no letter that a bank takes."),
        ({"holder": "x" * 71}, "The name of the holder has 71 characters; a SEPA payment carries 70. Shorten it."),
        ({"text": ""}, "its text has 0 characters; a SEPA payment carries 1 to 140."),
        ({"text": "x" * 141}, "its text has 141 characters"),
    ],
)
def test_each_fault_names_the_payment(changed: dict[str, object], sentence: str):
    [found] = sentences(sepa_order(euro(**changed)))

    assert found.startswith("Payment PO-1: ")
    assert sentence in found


@pytest.mark.parametrize("wrong", ["/PO", "PO/", "P//O", "P_1", "Pö", "", " PO", "x" * 36])
def test_ids_are_refused_rather_than_changed(wrong: str):
    """A bank that changes one would give back an id that nobody sent."""
    assert len(sentences(sepa_order(euro(end_to_end_id=wrong)))) == 1
    assert len(sentences(sepa_order(euro(), message_id=wrong))) == 1


def test_an_order_of_an_account_in_the_us_is_refused():
    assert sentences(us_order(euro())) == ["The order is not paid from an account with an IBAN."]


def test_faults_of_all_payments_come_at_once():
    found = sentences(sepa_order(euro(amount_minor=0), euro(end_to_end_id="PO-2", currency="CHF"), holder=""))

    assert [one.split(" is")[0] for one in found[:2]] == ["Payment PO-1", "Payment PO-2"]
    assert found[2].startswith("The name of the debtor")


def test_a_transfer_has_the_limit_of_the_scheme():
    assert b"999999999.99" in pain001.write(sepa_order(euro(amount_minor=99_999_999_999)))
    assert len(sentences(sepa_order(euro(amount_minor=100_000_000_000)))) == 1


@given(
    st.text("aÄß&<>'\"/\\\t😀株", max_size=15), st.text("aÄß&<>'\"/\\\t😀株", max_size=35), st.integers(1, 10**11 - 1)
)
def test_what_is_written_is_valid_and_read_back(holder: str, words: str, amount: int):
    payment = euro(holder=f"H{holder}", text=f"T{words}", amount_minor=amount)
    content = pain001.write(sepa_order(payment))

    schema().validate(content.decode())
    assert all_texts(content, "InstdAmt") == [f"{amount // 100}.{amount % 100:02d}"]
    assert all_texts(content, "EndToEndId") == ["PO-1"]
    assert content.isascii()


def test_validation_leaves_the_parser_of_statements_as_it_is():
    """The validator replaces parts of the standard library while it is imported."""
    before = (ET.XMLParser, ET.iterparse, ET.Element)
    pain001.write(sepa_order(replace(euro(), amount_minor=1)))

    assert before == (ET.XMLParser, ET.iterparse, ET.Element)
