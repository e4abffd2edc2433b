"""Photos of codes, as cameras take them: small, turned, dim, noisy; and files that are no photos."""

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFile, ImageFilter

from billing.sessions.scanning import decoder
from billing.sessions.scanning.decoder import PhotoError, Problem, Reading
from tests.kit.label_photos import background, bomb, code, encoded, pasted, photo

URL = "https://charge.example/c/SUN001/2"


def label(side: int = 400, *, turned: float = 12) -> Image.Image:
    return pasted(background(), code(URL, side=side), at=(500, 350), turned=turned)


def noise(picture: Image.Image, share: float) -> Image.Image:
    return Image.blend(picture, background(*picture.size, seed=7).filter(ImageFilter.FIND_EDGES), share)


def damaged() -> Image.Image:
    shape = code(URL)
    ImageDraw.Draw(shape).rectangle((130, 130, 290, 290), fill=255)
    return pasted(background(), shape, at=(500, 350))


@pytest.mark.parametrize("turned", [0, 45, 90, 171, 180, 270])
def test_a_code_is_read_however_it_is_turned(turned):
    assert decoder.decode(encoded(label(turned=turned))) == Reading((URL,))


TAKEN = {
    "small": lambda: label(70),
    "blurred": lambda: label().filter(ImageFilter.GaussianBlur(5)),
    "faint": lambda: label().point(lambda value: 110 + value // 14),
    "dark": lambda: label().point(lambda value: value // 6),
    "inverted": lambda: ImageChops.invert(label()),
    "mirrored": lambda: label().transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "noisy": lambda: noise(label(), 0.3),
    "half in shadow": lambda: Image.blend(label(), Image.linear_gradient("L").resize((1600, 1200)), 0.6),
    "askew": lambda: label().transform((1600, 1200), Image.Transform.QUAD, (200, 100, 0, 1200, 1600, 1000, 1400, 250)),
    "24 megapixels": lambda: label().resize((6000, 4000)),
}


@pytest.mark.parametrize("how", TAKEN)
def test_a_code_is_read_in_a_photo_that_is_not_perfect(how):
    assert decoder.decode(encoded(TAKEN[how](), quality=70)).texts == (URL,)


@pytest.mark.parametrize(
    ("format_", "mode"),
    [("PNG", "L"), ("PNG", "P"), ("PNG", "1"), ("WEBP", "RGB"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("MPO", "RGB")],
)
def test_it_reads_the_formats_of_phones_and_screenshots(format_, mode):
    assert decoder.decode(encoded(label().convert(mode), format_)).texts == (URL,)


def test_what_is_transparent_counts_as_white():
    dots = code(URL)
    picture = Image.new("RGBA", dots.size, (0, 0, 0, 0))
    picture.putalpha(ImageChops.invert(dots))

    assert decoder.decode(encoded(picture, "PNG")).texts == (URL,)


def test_all_codes_of_a_photo_are_read_and_each_text_once():
    reading = decoder.decode(photo(URL, "https://other.example/x"))
    assert set(reading.texts) == {URL, "https://other.example/x"}
    assert decoder.decode(photo(URL, URL)).texts == (URL,)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "x" * 2000, "a\x00b\x1b[31m", "https://chаrge.example/", "🔌"])
def test_the_text_comes_as_it_is_in_the_code(text):
    assert decoder.decode(encoded(code(text, side=900), "PNG")).texts == (text,)


def test_a_code_with_too_much_missing_is_told_from_none():
    assert decoder.decode(encoded(damaged())) == Reading(has_damaged_code=True)
    assert decoder.decode(encoded(background())) == Reading()


def test_a_damaged_code_beside_a_whole_one_does_not_matter():
    both = pasted(damaged(), code(URL, side=300), at=(1100, 100))

    assert decoder.decode(encoded(both)) == Reading((URL,))


def test_a_screenshot_is_known_by_its_format():
    assert decoder.decode(encoded(background(), "PNG")) == Reading(is_saved_picture=True)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (2, 2)])
def test_a_picture_of_a_few_pixels_has_no_code(size):
    assert decoder.decode(encoded(Image.new("L", size))) == Reading()


FILES = {
    "empty": (lambda: b"", Problem.EMPTY),
    "gif": (lambda: encoded(background(160, 120), "GIF"), Problem.NO_PICTURE),
    "pdf": (lambda: b"%PDF-1.7", Problem.NO_PICTURE),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", Problem.NO_PICTURE),
    "cut short": (lambda: photo(URL)[:3000], Problem.NO_PICTURE),
    "heic": (lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", Problem.HEIC),
    "heif": (lambda: b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", Problem.HEIC),
    "too many bytes": (lambda: b"\xff\xd8\xff" + bytes(decoder.LIMITS.most_bytes), Problem.TOO_MANY_BYTES),
    "200 megapixels": (lambda: bomb(20_000, 10_000), Problem.TOO_MANY_PIXELS),
    "40 gigapixels": (lambda: bomb(200_000, 200_000), Problem.TOO_MANY_PIXELS),
    "one row too many": (lambda: bomb(5000, 5001), Problem.TOO_MANY_PIXELS),
    "pixels that are not there": (lambda: bomb(5000, 5000), Problem.NO_PICTURE),
}


@pytest.mark.parametrize("kind", FILES)
def test_what_cannot_be_read_says_why(kind):
    make, problem = FILES[kind]

    with pytest.raises(PhotoError) as refused:
        decoder.decode(make())

    assert refused.value.problem is problem


def test_too_many_pixels_are_refused_before_one_is_decoded(monkeypatch):
    decoded = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda picture: decoded.append(picture.size))

    for content in (bomb(20_000, 10_000), bomb(200_000, 200_000)):
        with pytest.raises(PhotoError, match="too_many_pixels"):
            decoder.decode(content)

    assert decoded == []
