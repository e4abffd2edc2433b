"""Numbers of payment cards are found however they are written, and nothing else is taken for one."""

import pytest

from chargers.text import card_numbers


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4242424242424242", "•••• 4242"),
        ("my card 4242 4242 4242 4242.", "my card •••• 4242."),
        ("5555-5555-5555-4444", "•••• 4444"),
        ("378282246310005 (Amex)", "•••• 0005 (Amex)"),
        ("6011.1111.1111.1117", "•••• 1117"),
        ("4222222222222", "•••• 2222"),
        ("2223 0031 2200 3222", "•••• 3222"),
        ("6799990100000000019", "•••• 0019"),
        ("4242\u00a04242\u00a04242\u00a04242", "•••• 4242"),
        ("4111/1111/1111/1111", "•••• 1111"),
        ("4242_4242_4242_4242", "•••• 4242"),
        ("4242 4242 4242 4242 12/29", "•••• 4242 12/29"),
        ("4242424242424242/12/29", "•••• 4242/12/29"),
        ("4242 4242 4242 4242 123", "•••• 4242 123"),
        ("apt 5 4242 4242 4242 4242", "apt 5 •••• 4242"),
        ("V2 4242/4242/4242/4242", "V2 •••• 4242"),
        ("4242,4242,4242,4242", "•••• 4242"),
        ("4242 4242 4242 4242 5555 5555 5555 4444", "•••• 4242 •••• 4444"),
        ("x4242424242424242y", "x•••• 4242y"),
        ("4242\r\n4242\r\n4242\r\n4242", "•••• 4242"),
        ("4242\u200b4242\u200b4242\u200b4242", "•••• 4242"),
        ("４２４２４２４２４２４２４２４２", "•••• 4242"),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "•••• 4242"),
    ],
)
def test_it_masks_the_number_of_a_card(typed: str, kept: str):
    assert card_numbers.mask(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "4242424242424241", "424242424242", "42424242424242424242", "1760000000000", "04A1B2C3D4E5F6",
        "DE89 3704 0044 0532 0130 00", "to AT61 1904 3002 3457 3201.", "200, 300, 400, 500, 600",
        "Batch PAY-20260403-10008", "+31 20 123 4567", "2026-11-20 12:00:00", "9.00 EUR, 12 kWh, 40 minutes", "",
    ],
)  # fmt: skip
def test_it_leaves_everything_else(typed: str):
    assert card_numbers.mask(typed) == typed


def test_it_tells_a_card_number_from_a_longer_text():
    assert card_numbers.is_card_number(" 4242 4242 4242 4242 ")
    assert not card_numbers.is_card_number("4242 4242 4242 4242 is mine")
    assert not card_numbers.is_card_number("04A1B2C3")
