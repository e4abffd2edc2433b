"""A photo is decoded in a process of its own, with an end to its time."""

import threading

import pytest

from billing.sessions.scanning import decoder, photos
from billing.sessions.scanning.decoder import PhotoError, Problem, Reading
from tests.kit.label_photos import background, bomb, encoded, photo

URL = "https://charge.example/c/SUN001"


def test_it_reads_as_the_decoder_does():
    content = photo(URL, "a\x00b🔌")

    assert photos.read(content) == decoder.decode(content)
    assert URL in photos.read(content).texts
    assert photos.read(encoded(background(), "PNG")) == Reading(is_saved_picture=True)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", Problem.EMPTY), (b"no picture", Problem.NO_PICTURE), (bomb(20_000, 10_000), Problem.TOO_MANY_PIXELS)],
)
def test_what_the_decoder_refuses_comes_with_its_reason(content, problem):
    with pytest.raises(PhotoError) as refused:
        photos.read(content)

    assert refused.value.problem is problem


def test_too_many_bytes_start_no_process(monkeypatch):
    monkeypatch.setattr(photos, "_MODULE", "no_such_module")

    with pytest.raises(PhotoError, match="too_many_bytes"):
        photos.read(bytes(decoder.LIMITS.most_bytes + 1))


def test_a_photo_that_takes_too_long_is_given_up():
    with pytest.raises(PhotoError, match="too_slow"):
        photos.read(photo(URL), timeout_s=0.01)

    assert photos.read(photo(URL)).texts == (URL,), "its turn was given back"


def test_a_decoder_that_breaks_off_is_told_from_one_that_reads_nothing(monkeypatch):
    monkeypatch.setattr(photos, "_MODULE", "no_such_module")

    with pytest.raises(PhotoError, match="no_picture"):
        photos.read(photo(URL))


def test_a_few_are_read_at_once_and_the_next_waits_for_its_turn(monkeypatch):
    turns = threading.BoundedSemaphore(1)
    monkeypatch.setattr(photos, "_turns", turns)
    turns.acquire()

    with pytest.raises(PhotoError, match="busy"):
        photos.read(photo(URL), wait_s=0)
    threading.Timer(0.05, turns.release).start()
    assert photos.read(photo(URL)).texts == (URL,)
