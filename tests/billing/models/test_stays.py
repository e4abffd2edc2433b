"""Lines on the bills of property systems."""

from billing.models import FolioCharge


def test_a_line_that_is_part_of_a_total_stands_on_the_bill_as_the_total():
    total = FolioCharge(key="total")

    assert FolioCharge(key="session", total=total).posted is total
    assert total.posted is total
