"""How clauses are cited, by version."""

from billing.roaming.docket.clauses.entry import Clause, Reaction, cite, cite_only


def clause(sources) -> Clause:
    return Clause(
        code="a.b", title="T", sources=sources, says="S.", reaction=Reaction.TOLERATED, ours="O.", remedy="R."
    )


def test_a_clause_of_2_2_has_the_same_number_in_2_3_unless_another_is_given():
    assert cite("4.1.2 Authorization header") == {
        "2.2.1": "OCPI 2.2.1, 4.1.2 Authorization header", "2.3.0": "OCPI 2.3.0, 4.1.2 Authorization header",
    }  # fmt: skip
    assert cite("16.5 Price class", v230="Types, Price class")["2.3.0"] == "OCPI 2.3.0, Types, Price class"
    assert cite("5 Status codes", v211="Status codes")["2.1.1"] == "OCPI 2.1.1, Status codes"


def test_it_is_cited_by_the_version_and_else_by_2_2_1():
    both = clause(cite("5 Status codes", v211="Status codes"))

    assert both.cite("2.1.1") == "OCPI 2.1.1, Status codes"
    assert both.cite("") == both.cite("2.2.1") == "OCPI 2.2.1, 5 Status codes"
    assert clause(cite_only("2.3.0", "Types, Price class")).cite("") == "OCPI 2.3.0, Types, Price class"
