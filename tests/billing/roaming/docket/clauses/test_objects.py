"""The clauses that every object has."""

from billing.roaming.docket.clauses.entry import cite
from billing.roaming.docket.clauses.objects import object_clauses
from billing.roaming.docket.forms import DefectKind


def test_each_kind_of_defect_is_a_clause_that_names_the_object():
    kinds = [kind.value for kind in DefectKind]

    clauses = list(object_clauses("tokens", "tokens", "a Token", kinds=kinds, sources=cite("12.3.2"), role="eMSP"))

    assert [clause.code for clause in clauses] == [f"tokens.{kind}" for kind in kinds]
    assert all("a Token" in clause.title for clause in clauses)
    assert {(clause.module, clause.role) for clause in clauses} == {("tokens", "eMSP")}
    assert list(object_clauses("x", "", "a thing", kinds=(), sources={})) == []
