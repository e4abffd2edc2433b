"""What a sheet of paper carries with it: letters of East Asia only where some are written."""

import pytest

from billing.sessions.documents.sheets import Sheet

EAST_ASIAN = b"NotoSansCJK"


@pytest.mark.parametrize(
    ("address", "is_east_asian"),
    [("1 Boardwalk\nOcean City", False), ("Überlinger Straße 5, Łódź", False), ("東京都千代田区", True)],
)
def test_it_carries_east_asian_letters_only_where_some_are_written(address: str, is_east_asian: bool):
    """A line break brought them, too: half of the time that a receipt took."""
    sheet = Sheet("Receipt")
    sheet.head(issuer=["Sunset Stays", address], title="Receipt")

    assert (EAST_ASIAN in bytes(sheet.output())) == is_east_asian
