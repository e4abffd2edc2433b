from collections import defaultdict

import pytest

from billing.payouts.bank_files import order_formats
from billing.payouts.bank_files.outgoing.orders import SepaAccount, UsOrigin
from tests.kit.payment_orders import dollar, euro, sepa_order, us_order


@pytest.mark.parametrize(("name", "account"), [("pain001", SepaAccount), ("csv", SepaAccount), ("nacha", UsOrigin)])
def test_our_account_is_made_of_no_other_settings_than_those_that_are_named(name: str, account: type):
    known = order_formats.ALL[name]
    values = {setting: f"<{setting}>" for setting in (*known.required_settings, *known.optional_settings)}

    assert type(known.account(values, 0)) is account


def test_files_of_one_day_differ_by_a_letter_in_ach_alone():
    values: defaultdict[str, str] = defaultdict(str)
    ach, sepa = order_formats.ALL["nacha"], order_formats.ALL["pain001"]

    assert [ach.account(values, made).file_id_modifier for made in (0, 25, 26, 35, 36)] == ["A", "Z", "0", "9", "A"]
    assert sepa.account(values, 0) == sepa.account(values, 1)


def test_only_ach_has_ids_of_its_own():
    sepa, ach = sepa_order(euro()), us_order(dollar())

    assert order_formats.ALL["pain001"].trace_numbers(sepa) == order_formats.ALL["csv"].trace_numbers(sepa) == {}
    assert order_formats.ALL["nacha"].trace_numbers(ach) == {"PO-1": "121000240000001"}
