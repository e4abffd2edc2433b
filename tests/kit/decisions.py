"""What the tests of decide.decisions, decide.facts and decide.queries share."""

import pytest

from authorization.decide import decisions
from tests.kit import site as sites
from tests.kit.site import NOON, UID

Kind, Known, Question = decisions.Kind, decisions.GivenFacts, decisions.Question


@pytest.fixture
def site():
    return sites.build()


def ask(site, kind=Kind.AUTHORIZE, *, charger=None, known=None, dry_run=False, **question):
    asked = {"uid": "" if kind is Kind.GUEST else UID, "at": NOON} | question
    return decisions.decide(
        charger=charger or site.charger,
        question=Question(kind=kind, **asked),
        now=NOON,
        given_facts=known or Known(),
        dry_run=dry_run,
    )
