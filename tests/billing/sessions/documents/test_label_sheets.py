"""Labels of chargers on the sheets of labels that shops sell."""

import pytest

from billing.sessions.documents import label_sheets
from billing.sessions.documents.labels import Label
from tests.kit.documents_pages import _public

__all__ = ["_public"]


@pytest.mark.parametrize(
    ("key", "paper", "count"), [("l7163", (595, 842), 14), ("l7160", (595, 842), 21), ("5160", (612, 792), 30)]
)
def test_a_sheet_holds_its_labels_within_the_paper(key, paper, count):
    sheet = label_sheets.SHEETS[key]
    x, y = sheet.corner(count - 1)
    found = [Label(f"SUN{number:03}", "Sunset 1") for number in range(count)]

    full = label_sheets.pdf(found, sheet=sheet, logos={})
    shifted = label_sheets.pdf(found, sheet=sheet, logos={}, skipped=1)

    assert sheet.count == count
    assert (x + sheet.width) * 72 / 25.4 <= paper[0]
    assert (y + sheet.height) * 72 / 25.4 <= paper[1]
    assert full.count(b"/Type /Page\n") == 1
    assert shifted.count(b"/Type /Page\n") == 2
