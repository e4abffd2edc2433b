from datetime import UTC, datetime, timedelta

from chargers.lib import ids

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_it_carries_its_time():
    assert ids.time_of(ids.generate(now=NOON)) == NOON


def test_it_is_a_version_7_id():
    made = ids.generate(now=NOON)

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_it_never_goes_backwards_within_a_millisecond():
    made = [ids.generate(now=NOON) for _ in range(5000)]

    assert made == sorted(made)
    assert len(set(made)) == 5000


def test_it_gives_the_same_id_to_the_same_key_and_time():
    assert ids.derive_from_key(at=NOON, key="CP1/1/7") == ids.derive_from_key(at=NOON, key="CP1/1/7")
    assert ids.derive_from_key(at=NOON, key="CP1/1/7") != ids.derive_from_key(at=NOON, key="CP1/1/8")


def test_its_floor_is_below_every_id_of_the_millisecond_and_above_the_one_before():
    assert ids.floor(NOON) <= ids.generate(now=NOON)
    assert ids.generate(now=NOON - timedelta(milliseconds=1)) < ids.floor(NOON)


def test_it_takes_impossible_times():
    assert ids.time_of(ids.generate(now=datetime(1969, 1, 1, tzinfo=UTC))) == datetime(1970, 1, 1, tzinfo=UTC)
    assert ids.time_of(ids.generate(now=datetime(9999, 12, 31, tzinfo=UTC))).year == 9999


def test_it_reads_an_id_as_people_paste_it_and_nothing_else():
    made = ids.generate(now=NOON)

    assert [ids.read(text) for text in (str(made), f" {made.hex}\n", f"{{{made}}}", made.urn)] == [made] * 4
    assert [ids.read(text) for text in (None, "", "12", f"{made}0")] == [None] * 4
