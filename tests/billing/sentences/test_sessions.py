"""What is said of a session: every code has its pattern."""

from billing.sentences.sessions import PATTERNS, SessionCode


def test_every_code_has_a_pattern():
    assert set(PATTERNS) == set(SessionCode)
