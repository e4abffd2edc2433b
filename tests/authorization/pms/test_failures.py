import re

import pytest

from authorization.pms import failures
from authorization.pms.failures import Code, Responsible

FACTS = {"status": 401, "missing": "token", "what": "a web page", "limit": "5 MiB", "until": "2026-03-10 12:00"}


@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_a_sentence_and_who_has_to_act(code: Code):
    found = failures.render(code.value, FACTS, system="Guesty")

    assert found.code == code
    assert "{" not in found.sentence
    assert re.fullmatch(r"[A-Z].*[.]", found.sentence)
    assert re.fullmatch(r"[A-Z].*[.]", found.fix)
    assert found.responsible_name


def test_the_host_renews_refused_credentials():
    found = failures.render("credentials_refused", {"status": 401}, system="Guesty")

    assert (found.sentence, found.responsible) == ("Guesty refused the credentials (401).", Responsible.HOST)


@pytest.mark.parametrize(("code", "facts"), [("of_a_later_release", {}), ("credentials_refused", {})])
def test_what_is_not_understood_is_still_a_sentence(code: str, facts: dict[str, object]):
    assert failures.render(code, facts, system="Guesty").sentence == "It failed because of an error of ours."
