"""A module of ours that runs on untrusted input in a process of its own: it answers, is too slow, or breaks off."""

import json

import pytest

from billing.sessions.scanning import decoder
from chargers.lib import isolated
from chargers.lib.isolated import BrokenOffError, TooSlowError

DECODER = decoder.__name__


def test_it_returns_what_the_module_wrote():
    assert json.loads(isolated.run(DECODER, b"", timeout_s=30)) == {"problem": "empty"}


def test_it_ends_a_module_that_takes_too_long():
    with pytest.raises(TooSlowError):
        isolated.run(DECODER, b"x", timeout_s=0.001)


def test_a_module_that_ends_with_an_error_has_no_answer():
    with pytest.raises(BrokenOffError) as refused:
        isolated.run("billing.sessions.scanning.no_such_module", b"", timeout_s=30)

    assert refused.value.return_code == 1
