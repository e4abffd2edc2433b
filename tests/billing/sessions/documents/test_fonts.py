"""The letters on paper: DejaVu Sans (its licence lies beside it) draws European, Hebrew and Arabic ..."""

import re

import pytest

from billing.models import Receipt
from tests.kit import pdf
from tests.kit.language import of, settled
from tests.kit.tampering import unguarded

__all__ = ["settled"]


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Škoda Wrocław Ελλάδα Київ", "Škoda Wrocław Ελλάδα Київ"),
        ("株式会社サンセット", "株式会社サンセット"),
        ("北京日落有限公司", "北京日落有限公司"),
        ("서울 주식회사", "서울 주식회사"),
        ("สยาม Hotel", "syam Hotel"),
        ("सूर्य Hotel", "sury Hotel"),
    ],
)
def test_paper_prints_any_name_and_never_boxes(settled, name, printed):
    document = Receipt.objects.get().document
    document["operator"]["name"] = name
    with unguarded():
        Receipt.objects.update(document=document)

    words = pdf.text(of("fr").get(f"/s/{settled.secret}/receipt.pdf").content)

    assert printed in words
    assert "une fois par session facturée" in words
    assert not re.search("[\u25a1\ufffd]", words)


@pytest.mark.parametrize("name", ["חברת שקיעה", "شركة الغروب"])
def test_paper_draws_right_to_left_names_from_the_right(settled, name):
    document = Receipt.objects.get().document
    document["operator"]["name"] = name
    with unguarded():
        Receipt.objects.update(document=document)

    glyphs = "".join(pdf.lines(of("fr").get(f"/s/{settled.secret}/receipt.pdf").content))

    assert glyphs.startswith(name[::-1])
