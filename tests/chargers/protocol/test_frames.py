import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargers.protocol import frames
from chargers.protocol.frames import Call, CallError, CallResult, CallResultError, Send, Unreadable, Version

V16, V201, V21 = Version.V16, Version.V201, Version.V21


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('[2,"7","Heartbeat",{}]', Call("7", "Heartbeat", {})),
        ('[2, "7", "Heartbeat", {}]', Call("7", "Heartbeat", {})),
        ('\ufeff[2,"7","Heartbeat",{}]', Call("7", "Heartbeat", {})),
        ('[2,"7","Heartbeat",{}]\x00\x00\r\n', Call("7", "Heartbeat", {})),
        ('[3,"7",{"status":"Accepted"}]', CallResult("7", {"status": "Accepted"})),
        ('[4,"7","GenericError","no",{"a":1}]', CallError("7", "GenericError", "no", {"a": 1})),
        ('[4,"7","FormationViolation",""]', CallError("7", "FormationViolation", "", {})),
        ('[4,"7","FormationViolation"]', CallError("7", "FormationViolation", "", {})),
    ],
)
def test_it_reads_the_frames_of_1_6(text, frame):
    assert frames.parse(text, version=V16) == frame


def test_it_reads_the_two_frames_that_only_2_1_has():
    assert frames.parse('[5,"7","GenericError","",{}]', version=V21) == CallResultError("7", "GenericError")
    assert frames.parse('[6,"7","NotifyPeriodicEventStream",{}]', version=V21) == Send(
        "7", "NotifyPeriodicEventStream", {}
    )
    assert isinstance(frames.parse('[6,"7","NotifyPeriodicEventStream",{}]', version=V201), Unreadable)


def test_it_keeps_a_message_id_that_looks_odd():
    assert frames.parse('[2,"153291690525715013:DT","X",{}]', version=V16) == Call("153291690525715013:DT", "X", {})


@pytest.mark.parametrize(
    ("text", "code_16", "code_2x"),
    [
        ('[2,"7","X",{"a":1e400}]', "FormationViolation", "FormatViolation"),
        ('[2,"7","X",{"a":NaN}]', "FormationViolation", "FormatViolation"),
        ('[2,"7","X",{"a":-Infinity}]', "FormationViolation", "FormatViolation"),
        ('[2,"7","X",{"a":"\\ud800"}]', "FormationViolation", "FormatViolation"),
        ('[2,"7","X",{"a":1,"a":2}]', "FormationViolation", "FormatViolation"),
        ('[2,"7","X",[,1]]', "FormationViolation", "FormatViolation"),
        ('[2,"7","X",' + "[" * 5000, "FormationViolation", "FormatViolation"),
        ('[2,"7","X",{"a":' + "[" * 100 + "]" * 100 + "}]", "FormationViolation", "FormatViolation"),
        ('[2,"7","X",{"a":' + "1" * 5000 + "}]", "FormationViolation", "FormatViolation"),
        ('[2,"7","X"]', "FormationViolation", "FormatViolation"),
        ('[2,"7","X",{},1]', "FormationViolation", "FormatViolation"),
        ('[2,"7","X",[]]', "FormationViolation", "FormatViolation"),
        ('[2,"7",5,{}]', "FormationViolation", "FormatViolation"),
        ('[9,"7","X",{}]', "ProtocolError", "MessageTypeNotSupported"),
        ('["2","7","X",{}]', "ProtocolError", "MessageTypeNotSupported"),
    ],
)
def test_it_says_which_error_to_answer_where_an_id_can_be_read(text, code_16, code_2x):
    old, new = frames.parse(text, version=V16), frames.parse(text, version=V201)

    assert isinstance(old, Unreadable)
    assert isinstance(new, Unreadable)
    assert old.answer
    assert new.answer
    assert (old.answer.message_id, old.answer.code) == ("7", code_16)
    assert (new.answer.message_id, new.answer.code) == ("7", code_2x)
    assert old.answer.description == old.sentence


@pytest.mark.parametrize("text", ["", "null", "{}", "[]", "hello", '[2,null,"X",{}]', "[2]", '"\\ud800"'])
def test_it_is_silent_in_1_6_and_says_minus_1_in_2_x_where_no_id_can_be_read(text):
    old, new = frames.parse(text, version=V16), frames.parse(text, version=V201)

    assert isinstance(old, Unreadable)
    assert isinstance(new, Unreadable)
    assert old.answer is None
    assert new.answer
    assert (new.answer.message_id, new.answer.code) == ("-1", "RpcFrameworkError")


@pytest.mark.parametrize("text", ['[3,"7"]', '[4,"7"]', '[3,"7",[]]', '[3,"7",{"a":NaN}]'])
def test_it_never_answers_a_broken_answer(text):
    for version in Version:
        read = frames.parse(text, version=version)
        assert isinstance(read, Unreadable)
        assert read.answer is None


def test_it_echoes_an_over_long_id_in_the_error():
    read = frames.parse(json.dumps([2, "x" * 300, "Heartbeat", {}]), version=V16)

    assert isinstance(read, Unreadable)
    assert read.answer
    assert read.answer.message_id == "x" * 300


def test_it_reads_numbers_exactly():
    read = frames.parse('[2,"7","X",{"a":7160.10,"b":0.1,"c":18446744073709551617,"d":1E+2,"e":-0.0}]', version=V201)

    assert isinstance(read, Call)
    assert {key: str(value) for key, value in read.payload.items()} == {
        "a": "7160.10",
        "b": "0.1",
        "c": "18446744073709551617",
        "d": "1E+2",
        "e": "-0.0",
    }
    assert all(type(value) in {int, Decimal} for value in read.payload.values())


@pytest.mark.parametrize("text", ['[2,"7","X",{"a":"b\\u0000c"}]', '[2,"7","X",{"a":"b\x00c"}]'])
def test_it_makes_a_nul_visible(text):
    assert frames.parse(text, version=V16) == Call("7", "X", {"a": "b\ufffdc"})


def test_it_gives_an_id_with_a_nul_back_untouched():
    read = frames.parse('[2,"7\\u0000","X",{}]', version=V16)

    assert read == Call("7\x00", "X", {})
    assert frames.dump(CallResult("7\x00", {})) == '[3,"7\\u0000",{}]'


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("text", ['[2,"a\\ud800","Heartbeat",{}]', '[2,"a\\uDC00","Heartbeat",{"a":"\\ud83d"}]'])
def test_it_echoes_an_id_that_holds_half_of_a_surrogate_pair(text, version):
    read = frames.parse(text, version=version)

    assert isinstance(read, Unreadable)
    assert read.answer
    assert read.message_id == "a\ufffd"
    assert json.loads(frames.dump(read.answer))[1] == json.loads(text)[1]
    assert frames.dump(read.answer).isascii()


def test_it_takes_a_field_that_stands_twice_with_one_value():
    assert frames.parse('[2,"7","X",{"a":1,"a":1}]', version=V16) == Call("7", "X", {"a": 1})


def test_it_writes_compact_text_with_exact_numbers():
    frame = Call("7", "X", {"cost": Decimal("7.35"), "whole": 2**70, "text": "ü"})

    assert frames.dump(frame) in {
        '[2,"7","X",{"cost":7.35,"whole":1180591620717411303424,"text":"ü"}]',
        '[2,"7","X",{"cost":7.35,"whole":1180591620717411303424,"text":"\\u00fc"}]',
    }


def test_it_cuts_the_description_of_an_error():
    assert json.loads(frames.dump(CallError("7", "GenericError", "x" * 300)))[3] == "x" * 255


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@given(text=st.text() | st.text(alphabet='[]{},:"0123456789eE.-\\u\x00 nul'), version=st.sampled_from(Version))
def test_it_never_raises_on_any_text(text, version):
    frames.parse(text, version=version)


@given(frame=st.lists(_json, max_size=6), version=st.sampled_from(Version))
def test_it_never_raises_on_any_array_and_what_it_answers_can_be_written(frame, version):
    read = frames.parse(frames.dump_json(frame), version=version)

    if isinstance(read, Unreadable):
        if read.answer:
            assert json.loads(frames.dump(read.answer))[0] == 4
    else:
        assert frames.parse(frames.dump(read), version=version) == read


@given(
    message_id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=36),
    payload=st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00")), st.integers() | st.booleans()
    ),
)
def test_it_reads_what_it_wrote(message_id, payload):
    frame = Call(message_id, "DataTransfer", payload)

    assert frames.parse(frames.dump(frame), version=V16) == frame


def test_it_answers_a_1_6_call_whose_id_is_a_number():
    assert frames.parse('[2,5,"Heartbeat",{}]', version=Version.V16) == Call("5", "Heartbeat", {})


def test_it_answers_a_1_6_call_without_id_with_an_error():
    found = frames.parse('[2,"","Heartbeat",{}]', version=Version.V16)

    assert isinstance(found, Unreadable)
    assert found.answer is not None
    assert (found.answer.message_id, found.answer.code) == ("", "ProtocolError")
