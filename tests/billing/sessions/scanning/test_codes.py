"""What the text of a code is. The text is a stranger's: whatever it holds, no address comes out of it."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.sessions.scanning import codes
from billing.sessions.scanning.codes import Code, NoAddress, OtherAddress, OwnLabel, OwnPage

OURS, HOTELS = "charge.example", "laden.xn--mhle-0ra.example"
NAMES = frozenset({OURS, HOTELS, "localhost", "127.0.0.1"})


def classify(text: str, *, port: int | None = None) -> Code:
    return codes.classify(text, own_names=NAMES, own_port=port)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://charge.example/c/SUN001", OwnLabel(OURS, "SUN001")),
        ("https://charge.example/c/SUN001/2", OwnLabel(OURS, "SUN001", 2)),
        (" HTTPS://Charge.Example./c/SUN001/2/\n", OwnLabel(OURS, "SUN001", 2)),
        ("http://charge.example:80/c/SUN001?from=label#top", OwnLabel(OURS, "SUN001")),
        ("https://charge.example/c/A%26B%20%C3%BC", OwnLabel(OURS, "A&B ü")),
        ("https://laden.mühle.example/c/SUN001", OwnLabel(HOTELS, "SUN001")),
        ("https://laden.xn--mhle-0ra.example/c/SUN001", OwnLabel(HOTELS, "SUN001")),
    ],
)
def test_a_label_of_ours_is_its_station_and_connector(text, expected):
    assert classify(text) == expected


def test_the_port_is_a_part_of_our_address():
    assert classify("http://127.0.0.1:8000/c/SUN001", port=8000) == OwnLabel("127.0.0.1", "SUN001")
    assert classify("http://127.0.0.1/c/SUN001", port=8000) == OtherAddress("127.0.0.1")
    assert classify("https://charge.example:8443/c/SUN001") == OtherAddress("charge.example:8443")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/c/",
        "/c",
        "/c//1",
        "/C/SUN001",
        "/c/SUN001/one",
        "/c/SUN001/1/start",
        "/c/SUN001/99999",
        "//evil.example/c/X",
        "/c/A%2FB",
        "/c/%0AX",
        "/c/%00",
        "/c/%ff",
        "/c/%zz",
        "/c/" + "A" * 49,
        "/s/secret/stop",
        "/c/../s/x",
        "/c/SUN001/٣",
    ],
)
def test_what_is_no_label_at_our_address_is_a_page_of_ours_and_leads_nowhere(path):
    assert classify(f"https://charge.example{path}") == OwnPage()


def test_a_notice_for_residents_is_known_by_its_code():
    assert classify("https://charge.example/join/ABCD-EFGH/") == OwnPage(join_code="ABCD-EFGH")
    assert classify("https://charge.example/join/ABCD/../../x") == OwnPage()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://other.example/c/SUN001", "other.example"),
        ("http://OTHER.example:8080", "other.example:8080"),
        ("https://[2001:DB8::1]:8443/", "[2001:db8::1]:8443"),
        ("https://münchen.example/x", "xn--mnchen-3ya.example"),
        ("https://pay.charge.example/c/SUN001", "pay.charge.example"),
    ],
)
def test_another_address_is_named_in_ascii(text, name):
    assert classify(text) == OtherAddress(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://charge.example@evil.test/c/SUN001", "evil.test"),
        ("https://charge.example:x@evil.test/c/SUN001", "evil.test"),
        ("https://me@charge.example/c/SUN001", "charge.example"),
        ("https://charge.example.evil.test/c/SUN001", "charge.example.evil.test"),
        ("https://charge-example.test/c/SUN001", "charge-example.test"),
        ("https://chаrge.example/c/SUN001", "xn--chrge-5ve.example"),  # a Cyrillic а
        ("https://charqe.example/c/SUN001", "charqe.example"),
        ("https://char9e.examp1e/c/SUN001", "char9e.examp1e"),
    ],
)
def test_an_address_that_imitates_ours_is_another_and_called_so(text, name):
    assert classify(text) == OtherAddress(name, imitates_ours=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SUN001",
        "WIFI:T:WPA;S:Hotel;P:secret;;",
        "javascript:alert(1)",
        "JavaScript://charge.example/%0aalert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "tel:+31201234567",
        "charge.example/c/SUN001",
        "//charge.example/c/SUN001",
        "https:charge.example/c/SUN001",
        "https:/charge.example/c/SUN001",
        "https:///c/SUN001",
        "https://",
        "https://?x",
        "https:\\\\evil.test/c/SUN001",
        "https://charge.example\\@evil.test/c/SUN001",
        "https://charge.example\t@evil.test",
        "https://charge\n.example/c/SUN001",
        "https://charge.example/c/SUN001\x00",
        "https://charge.example/c/\u202e100NUS",
        "https://charge.example/c/\u200bSUN001",
        "https://[::1/c/X",
        "https://charge.example:99999/c/X",
        "https://charge.example:0/c/X",
        "https://charge.example:x/c/X",
        "https://charge.example%2eevil.test/c/X",
        "https://a℀b.example/",
        "https://" + "ä" * 70 + ".example/",
        "https://charge.example/c/" + "A" * 3000,
        "https://\ud800.example/",
    ],
)
def test_everything_else_is_no_address(text):
    assert classify(text) == NoAddress()


@given(
    st.one_of(
        st.text(),
        st.tuples(
            st.sampled_from(["https://", "http://", "https:", "javascript:", "//", ""]),
            st.text(alphabet="charge.exampl@:/\\%2e#?а[]0 \t", max_size=40),
        ).map("".join),
        st.text(max_size=30).map("https://charge.example/c/".__add__),
    )
)
def test_no_text_breaks_it_and_what_comes_out_is_plain(text):
    code = classify(text)

    shown = [str(value) for value in asdict(code).values()]
    assert all(value.isprintable() for value in shown)
    if isinstance(code, OwnLabel):
        assert code.name in NAMES
        assert "/" not in code.station_id
        assert 0 < len(code.station_id) <= codes.MAX_STATION_ID
    if isinstance(code, OtherAddress):
        assert code.name.isascii()
        assert not set(code.name) & set("/@\\ ?#<>")
