"""The clauses that every object has: a field that is missing, of another type, too long, or of an unknown value."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from billing.roaming.docket.clauses.entry import Clause, Reaction

_TITLES: Final = {
    "field_missing": "A required field of {noun} is missing",
    "field_type": "A field of {noun} has another type",
    "value_unknown": "A field of {noun} has a value that OCPI does not have",
    "value_case": "A value of an enumeration of {noun} is written in another case",
    "text_too_long": "A text of {noun} is too long",
}
_SAYS: Final = {
    "field_missing": "Fields of cardinality 1 are required, and lists of cardinality + are not empty.",
    "field_type": "The table states the type of each field.",
    "value_unknown": "The enumeration lists the values that the field may have.",
    "value_case": "Values of enumerations are case sensitive.",
    "text_too_long": "The number behind the type is the most characters that the field may have.",
}
_REMEDIES: Final = {
    "field_missing": "Send the field.",
    "field_type": "Send the field in the type that the table states.",
    "value_unknown": "Send one of the listed values.",
    "value_case": "Send the value in capitals, as it is listed.",
    "text_too_long": "Shorten the text.",
}


def object_clauses(
    prefix: str, module: str, noun: str, *, kinds: Sequence[str], sources: Mapping[str, str], role: str = "any"
) -> Iterator[Clause]:
    """Yields a clause for each kind of defect of an object."""
    for kind in kinds:
        yield Clause(
            code=f"{prefix}.{kind}",
            title=_TITLES[kind].format(noun=noun),
            module=module,
            role=role,
            sources=sources,
            says=_SAYS[kind],
            reaction=Reaction.REFUSED,
            ours="We refused it where we need the field, with 2001 and its name; else we took what we could read.",
            remedy=_REMEDIES[kind],
        )
