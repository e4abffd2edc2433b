"""Hypothesis strategies for malformed messages of real chargers: standard payloads with something broken in them."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

from chargers.protocol import schemas
from chargers.protocol.frames import Payload, Version
from chargers.protocol.schemas import Sender
from tests.kit import examples

ACTIONS = [
    (version, action)
    for version in Version
    for action in sorted(schemas.actions(version=version, sender=Sender.CHARGER))
]
DEEP = "[" * 40 + "]" * 40
# JSON texts, because no Python value would produce some of them.
RAW = (
    '""', '" "', "null", "true", "0", "-1", "2147483648", "9223372036854775807", "18446744073709551616", "1" * 400,
    "1e400", "9e308", "-1e-400", "1.5", "NaN", "Infinity", "-0", '"' + "x" * 3000 + '"', '"\\u0000"', '"a\\u0000b"',
    '"\\ud800"', '"\\udfff\\ud800"',
    '"1970-01-01T00:00:00Z"', '"2026-02-30T25:61:61Z"',
    '"9999-12-31T23:59:59.999999-14:00"',
    '"0001-01-01T00:00:00+14:00"', '"12"', '"12,5"', '"1E3"', '"NaN"', '"\U0001f50c"', "[]", "{}", "[[]]", '[{"":{}}]',
    '{"a":1,"a":1}', '{"a":1,"a":2}', '["x",1,null,{}]', DEEP, '"Energy.Nonsense"',
)  # fmt: skip
_MARK = "\x01{}\x01"


def payload_texts(version: Version, action: str) -> st.SearchStrategy[str]:
    """Draws a payload of the schema, as JSON text, with up to four members left out or replaced by junk."""
    change = st.tuples(st.integers(0, 10_000), st.sampled_from([None, *RAW]))
    return st.builds(
        _broken,
        st.sampled_from([examples.least(version, action), examples.most(version, action)]),
        st.lists(change, max_size=4),
    )


def call_texts(versions: list[Version]) -> st.SearchStrategy[tuple[Version, str]]:
    """Draws CALL frames of any action with junk in the payload; the id is `j`."""
    mine = [(version, action) for version, action in ACTIONS if version in versions]
    return st.sampled_from(mine).flatmap(
        lambda one: payload_texts(*one).map(lambda text: (one[0], f'[2,"j","{one[1]}",{text}]'))
    )


def _broken(payload: Payload, changes: list[tuple[int, str | None]]) -> str:
    broken = copy.deepcopy(payload)
    put: list[str] = []
    for number, raw in changes:
        places = list(_places(broken))
        if not places:
            break
        holder, key = places[number % len(places)]
        if raw is None:
            del holder[key]
        else:
            holder[key] = _MARK.format(len(put))
            put.append(raw)
    text = json.dumps(broken)
    for number, raw in enumerate(put):
        text = text.replace(json.dumps(_MARK.format(number)), raw)
    return text


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for key, item in value.items():
            yield value, key
            yield from _places(item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield value, index
            yield from _places(item)
