"""The last digits of a guest's phone are stored as a hash of one booking."""

from authorization.visits import phone_digits


def test_the_same_digits_of_one_booking_are_recognized_and_others_are_not():
    assert phone_digits.hash_for_booking(1, "R-77", "1234") == phone_digits.hash_for_booking(1, "R-77", "1234")
    assert phone_digits.hash_for_booking(1, "R-77", "1234") != phone_digits.hash_for_booking(1, "R-77", "1235")


def test_the_hash_says_nothing_about_another_booking_with_the_same_digits():
    hashes = {phone_digits.hash_for_booking(pk, key, "1234") for pk in (None, 1, 2) for key in ("R-77", "R-78")}

    assert len(hashes) == 6
    assert all(len(each) == 64 and "1234" not in each[:4] for each in hashes)


def test_without_digits_there_is_no_hash():
    assert phone_digits.hash_for_booking(1, "R-77", "") == ""
