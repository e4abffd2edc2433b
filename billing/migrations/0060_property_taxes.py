"""The tax of a property, and rehearsals of one property.

A property gets the percentage at which all rates that people pay there agree. The rates keep their own percentages, so
nothing is billed otherwise than before.
"""

from collections import defaultdict
from decimal import Decimal, InvalidOperation

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def state_common_taxes(apps, schema_editor):
    """One row for each property whose rates name one percentage, the same for every part."""
    assignments = apps.get_model("billing", "RateAssignment").objects.values_list("property_id", "rate_id")
    rates_by_property = defaultdict(set)
    for property_id, rate_id in assignments:
        rates_by_property[property_id].add(rate_id)
    by_rate = _percentages(apps)
    opened = dict(apps.get_model("chargers", "Property").objects.values_list("pk", "created_at"))
    tax = apps.get_model("billing", "PropertyTax")
    for property_id, rate_ids in sorted(rates_by_property.items()):
        found = set().union(*(by_rate.get(rate_id, set()) for rate_id in rate_ids))
        if len(found) == 1 and not found & {Decimal(0)}:
            tax.objects.create(
                property_id=property_id,
                percentage=found.pop(),
                valid_from=opened[property_id],
                created_at=timezone.now(),
            )


def _percentages(apps):
    """By rate what its newest version names."""
    found = {}
    versions = apps.get_model("billing", "RateVersion").objects.filter(withdrawn_at=None).order_by("number")
    for rate_id, definition in versions.values_list("rate_id", "definition").iterator():
        stated = (definition.get("tax") or {}).get("rates") or {}
        try:
            found[rate_id] = {Decimal(str(value)) for value in stated.values()}
        except InvalidOperation:
            found[rate_id] = set()
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0059_letters_about_pages"),
        ("chargers", "0022_state_spans"),
    ]

    operations = [
        migrations.AddField(
            model_name="rehearsal",
            name="property",
            field=models.ForeignKey(
                help_text="Only its sessions; empty: of all.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="chargers.property",
            ),
        ),
        migrations.CreateModel(
            name="PropertyTax",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("percentage", models.DecimalField(decimal_places=3, max_digits=6)),
                (
                    "valid_from",
                    models.DateTimeField(help_text="Of sessions that start from then on, until the next one begins."),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "property",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="taxes", to="chargers.property"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("property", "valid_from"), name="propertytax_one_at_a_time"),
                    models.CheckConstraint(
                        condition=models.Q(("percentage__gte", 0), ("percentage__lte", 100)),
                        name="propertytax_is_a_percentage",
                    ),
                ],
            },
        ),
        migrations.RunPython(state_common_taxes, migrations.RunPython.noop),
    ]
