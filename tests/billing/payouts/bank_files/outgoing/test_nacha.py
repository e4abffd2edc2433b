"""NACHA files: every field in its place, totals and hashes, blocks of ten, faults in sentences."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.outgoing import nacha
from billing.payouts.bank_files.outgoing.orders import OrderError, PaymentOrder, UsAccount
from tests.kit.payment_orders import ORIGIN, ROUTING, dollar, euro, sepa_order, us_order

PERSON = UsAccount(routing_number="011401533", account_number="0042-7", kind="savings", holder_is_person=True)


def lines(order: PaymentOrder) -> list[str]:
    return nacha.write(order).decode("ascii").split("\n")[:-1]


def sentences(order: PaymentOrder) -> list[str]:
    with pytest.raises(OrderError) as caught:
        nacha.write(order)
    return list(caught.value.sentences)


def test_it_writes_every_field_in_its_place():
    person = dollar(end_to_end_id="PO-2", amount_minor=7, holder="José Núñez", account=PERSON, text="Payout October")

    assert lines(us_order(dollar(holder="Hôtel & Co"), person)) == [
        "101 12100024812345678902611230905A094101WELLS FARGO            CHARGING INC                   ",
        "5220CHARGING INC                        1234567890CCDPAYOUT    261125261125   1121000240000001",
        "622021000021123456789        0000025000PO-1           HOTEL & CO              0121000240000001",
        "822000000100021000020000000000000000000250001234567890                         121000240000001",
        "5220CHARGING INC                        1234567890PPDPAYOUT    261125261125   1121000240000002",
        "6320114015330042-7           0000000007PO-2           JOSE NUNEZ            " + "  1121000240000002",
        "705PAYOUT OCTOBER                                                                  00010000002",
        "822000000200011401530000000000000000000000071234567890                         121000240000002",
        "9000002000001000000030003240155000000000000000000025007                                       ",
        "9" * 94,
    ]


def test_trace_numbers_are_those_of_the_file():
    """A person's payment comes after those of companies, wherever it stands in the order."""
    order = us_order(dollar(account=PERSON), dollar(end_to_end_id="PO-2"))

    assert nacha.trace_numbers(order) == {"PO-2": "121000240000001", "PO-1": "121000240000002"}
    assert [(line[39:54].strip(), line[79:]) for line in lines(order) if line[0] == "6"] == [
        ("PO-2", "121000240000001"),
        ("PO-1", "121000240000002"),
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"account": UsAccount(routing_number="021000022", account_number="1")},
            "Payment PO-1: The routing number 021000022 is not valid: its check digit does not fit.",
        ),
        (
            {"account": UsAccount(routing_number="02100002", account_number="1")},
            "Payment PO-1: The routing number 02100002 is not valid: it has nine digits.",
        ),
        (
            {"account": UsAccount(routing_number=ROUTING, account_number="1" * 18)},
            "Payment PO-1: the account number must have 1 to 17 digits, letters or hyphens.",
        ),
        (
            {"account": UsAccount(routing_number=ROUTING, account_number="１２")},
            "Payment PO-1: the account number must have 1 to 17 digits, letters or hyphens.",
        ),
        ({"account": euro().account}, "Payment PO-1 does not go to an account in the US."),
        ({"holder": "…"}, "Payment PO-1: the name “…” has no letter that NACHA files may have."),
        ({"text": "x" * 81}, "Payment PO-1: its text is longer than the 80 characters of an addendum."),
        ({"currency": "EUR"}, "Payment PO-1 is in EUR; an ACH payment carries USD."),
        ({"amount_minor": 0}, "Payment PO-1 is over 0 minor units; a payment must be over more than nothing."),
        ({"amount_minor": 10**10}, "Payment PO-1 is over more than an ACH payment carries in one payment."),
    ],
)
def test_each_fault_is_a_sentence(changed: dict[str, object], sentence: str):
    assert sentences(us_order(dollar(**changed))) == [sentence]


def test_an_id_that_does_not_fit_is_refused_rather_than_cut():
    [sentence] = sentences(us_order(dollar(end_to_end_id="PO-2026-11-0000017")))

    assert sentence.endswith("has 18 characters; the format carries 15.")


def test_an_order_of_an_account_in_euro_is_refused():
    assert sentences(sepa_order(dollar())) == ["The order is not paid from an account in the US."]


def test_a_payer_needs_a_name_and_the_payments_fit_into_one_file():
    assert sentences(us_order(dollar(), holder="…")) == [
        "The name of the payer has no letter that NACHA files may have."
    ]
    many = [dollar(end_to_end_id=f"PO-{n}", amount_minor=9_999_999_999) for n in range(101)]
    assert sentences(us_order(*many)) == ["The payments come to more than one file carries: split the order."]


@pytest.mark.parametrize(
    "changed",
    [
        {"bank_routing_number": "1"}, {"bank_name": ""}, {"immediate_origin": "12345678901"}, {"company_id": ""},
        {"company_name": "x" * 17}, {"entry_description": "x" * 11}, {"file_id_modifier": "a"},
        {"file_id_modifier": ""},
    ],
)  # fmt: skip
def test_what_was_agreed_with_the_bank_must_fit(changed: dict[str, str]):
    assert len(sentences(us_order(dollar(), account=replace(ORIGIN, **changed)))) == 1


@given(
    st.lists(
        st.tuples(
            st.integers(1, 10**10 - 1),
            st.booleans(),
            st.text(max_size=40),
            st.text("abcäÖ ß$%\n😀", max_size=8),  # 😀 becomes ten characters of the 80
            st.sampled_from([ROUTING, "011401533", "121000248"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_file_adds_up_whatever_is_in_it(drawn: list[tuple[int, bool, str, str, str]]):
    payments = [
        dollar(
            end_to_end_id=f"PO-{n}",
            amount_minor=amount,
            holder=f"H{holder}",
            text=text,
            account=UsAccount(routing_number=routing, account_number=str(n), holder_is_person=is_person),
        )
        for n, (amount, is_person, holder, text, routing) in enumerate(drawn)
    ]
    written = lines(us_order(*payments))
    entries = [line for line in written if line[0] == "6"]
    controls = [line for line in written if line[0] == "8"]
    [end] = [line for line in written if line[0] == "9" and line != "9" * 94]

    assert {len(line) for line in written} == {94}
    assert len(written) % 10 == 0
    assert sorted((line[39:54].strip(), int(line[29:39])) for line in entries) == sorted(
        (one.end_to_end_id, one.amount_minor) for one in payments
    )
    assert [line[79:] for line in entries] == [f"12100024{n:07d}" for n in range(1, len(entries) + 1)]
    assert int(end[1:7]) == len(controls)
    assert int(end[7:13]) == len(written) // 10
    assert (
        int(end[13:21]) == sum(int(line[4:10]) for line in controls) == len([one for one in written if one[0] in "67"])
    )
    assert int(end[21:31]) == sum(int(line[3:11]) for line in entries) % 10**10
    assert int(end[43:55]) == sum(int(line[32:44]) for line in controls) == sum(one.amount_minor for one in payments)
