from collections import Counter

from billing.models import BankImport
from billing.payouts.bank_files import formats
from billing.payouts.bank_files.incoming.format import Sign


def test_each_kind_is_of_one_format_and_can_be_stored():
    kinds = Counter(kind for known in formats.ALL for kind in known.kinds)

    assert kinds == dict.fromkeys(["camt.052", "camt.053", "camt.054", "mt940", "csv"], 1)
    assert max(map(len, kinds)) <= BankImport._meta.get_field("format").max_length


def test_formats_with_a_surer_sign_are_asked_first():
    assert [known.sign for known in formats.ALL] == [Sign.BEGINNING, Sign.CONTENT, Sign.COLUMNS]
    assert formats.labels() == "CAMT.052, .053, .054, MT940 or CSV"
