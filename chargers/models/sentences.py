"""A column of sentences: codes with their facts, rendered when read."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, overload

from django.db import models
from django.db.models.expressions import Combinable

from chargers.sentences import stored
from chargers.sentences.stored import Sentences
from chargers.text import card_numbers

if TYPE_CHECKING:
    _Json = models.JSONField[Sentences | Combinable, Sentences]
else:
    _Json = models.JSONField


class SentencesField(_Json):
    """Sentences in a jsonb column; without any, the empty list.

    `is_typed`: a fact may be typed by a user, so payment card numbers are masked on every write.
    """

    def __init__(self, *args: Any, is_typed: bool = False, **kwargs: Any) -> None:
        self.is_typed = is_typed
        kwargs.setdefault("default", tuple)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return stored.read(super().from_db_value(value, expression, connection))

    def to_python(self, value: Any) -> Any:
        return stored.read(value)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        if not isinstance(prepared, tuple | list):
            return prepared
        entries = [sentence.as_json() for sentence in stored.read(prepared)]
        return _mask_card_numbers(entries) if self.is_typed else entries

    def value_to_string(self, obj: models.Model) -> Any:
        return self.get_prep_value(self.value_from_object(obj))

    def deconstruct(self) -> Any:
        """Makes migrations treat it as a JSONField."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class InEnglish:
    """A column's sentences as one text of limited length, for hosts, programs and the log."""

    def __init__(self, column: str, render: Callable[[Sentences], str], *, max_length: int) -> None:
        self.column, self.render, self.most = column, render, max_length

    @overload
    def __get__(self, row: None, owner: type[models.Model]) -> Self: ...
    @overload
    def __get__(self, row: models.Model, owner: type[models.Model]) -> str: ...
    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Self | str:
        return self if row is None else self.render(getattr(row, self.column))[: self.most]


def _mask_card_numbers(value: Any) -> Any:
    if isinstance(value, str):
        return card_numbers.mask(value)
    if isinstance(value, Mapping):
        return {key: _mask_card_numbers(part) for key, part in value.items()}
    return [_mask_card_numbers(part) for part in value] if isinstance(value, list) else value
