"""The clauses as data: complete, cited, and in plain sentences."""

import re

import pytest

from billing.roaming.docket.clauses import catalogue
from billing.roaming.docket.clauses.entry import Clause
from billing.roaming.versions import catalogue as versions

CLAUSES = list(catalogue.ALL.values())
CITATION = re.compile(r"OCPI (2\.1\.1|2\.2\.1|2\.3\.0), [A-Z0-9][^“”]+")


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.code)
def test_a_clause_says_all_that_an_agent_and_a_partner_read(clause: Clause):
    assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", clause.code)
    assert clause.sources
    for version, citation in clause.sources.items():
        assert version in versions.ALL
        assert CITATION.fullmatch(citation)
        assert citation.startswith(f"OCPI {version}, ")
    assert not clause.title.endswith(".")
    for sentence in (clause.says, clause.ours, clause.remedy):
        assert sentence.endswith(".")
    assert clause.role in {"any", "eMSP", "CPO"}


def test_no_two_clauses_have_one_code():
    modules = (
        catalogue.transport, catalogue.answers, catalogue.connection, catalogue.drivers, catalogue.records,
    )  # fmt: skip
    assert sum(len(module.CLAUSES) for module in modules) == len(CLAUSES)


def test_where_no_version_is_known_a_clause_of_some_versions_does_not_apply():
    assert catalogue.applies("http.redirect", "")
    assert not catalogue.applies("authorization.plain", "")
    assert not catalogue.applies("authorization.plain", "2.1.1")
    assert catalogue.applies("authorization.plain", "2.3.0")
