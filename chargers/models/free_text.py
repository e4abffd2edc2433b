"""A column for typed text, in which payment card numbers are always masked."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.expressions import Combinable

from chargers.text import card_numbers

if TYPE_CHECKING:
    _Char = models.CharField[str | int | Combinable, str]
else:
    _Char = models.CharField


class FreeText(_Char):
    """A CharField whose value is masked on every write, also by `update` and `bulk_create`.

    Not for what may rightly be a number with a check digit: UIDs, serial numbers, EVSE ids, bank accounts.
    """

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return card_numbers.mask(prepared) if isinstance(prepared, str) else prepared

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Stores the masked value in the instance as well, because mails and webhooks are written from it."""
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = card_numbers.mask(value)
            setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        """Makes migrations treat it as a CharField."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
