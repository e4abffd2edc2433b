from billing.models import PaymentFile
from billing.payouts.bank_files import order_formats


def test_each_currency_has_its_own_format_before_the_one_for_all():
    offered = {code: [known.name for known in order_formats.for_currency(code)] for code in ("EUR", "USD", "SEK")}

    assert offered == {"EUR": ["pain001", "csv"], "USD": ["nacha", "csv"], "SEK": ["csv"]}


def test_their_names_can_be_stored():
    assert max(map(len, order_formats.ALL)) <= PaymentFile._meta.get_field("format").max_length
