"""What a failed handshake means: complete, and the same in the documentation."""

from pathlib import Path

import pytest

from chargers.handshake.explanations import CATALOGUE
from chargers.models import FailedHandshake

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "connecting.md"


@pytest.mark.parametrize("reason", FailedHandshake.Reason)
def test_it_explains_every_reason_and_documents_it_in_the_same_words(reason):
    explanation = CATALOGUE[reason]
    steps = "\n".join(f"- {step}" for step in explanation.steps)

    assert f"### {reason.label}\n\n{explanation.meaning}\n\n{steps}\n" in DOCUMENT.read_text()
