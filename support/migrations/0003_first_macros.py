"""The first stored texts, so that a new desk is not empty. Agents change or delete them; going back deletes them."""

from django.db import migrations

_MACROS = (
    (
        "Breakdown of the bill",
        5,
        "Hello,\n\n{breakdown}\n\nThe receipt with every reading is behind “Why this amount?” on your session’s page.",
    ),
    (
        "What we see at the charger",
        None,
        "Hello,\n\nstation {station} at {property} is “{state}” at this moment.\n\n{reason}\n\n{next_steps}",
    ),
    (
        "A detail is missing",
        None,
        "Hello,\n\nto look into {reference} we still need a detail. You can add it here: {link}",
    ),
    (
        "Solved",
        None,
        "Hello,\n\n{reference} is solved as far as we can see. If it is not, answer this message and we go on.",
    ),
)


def _add(apps, schema_editor):
    macro = apps.get_model("support", "Macro")
    for name, topic, text in _MACROS:
        macro.objects.get_or_create(name=name, defaults={"topic": topic, "text": text})


def _remove(apps, schema_editor):
    apps.get_model("support", "Macro").objects.filter(name__in=[name for name, _, _ in _MACROS]).delete()


class Migration(migrations.Migration):
    dependencies = [("support", "0002_tickets_indexed")]

    operations = [migrations.RunPython(_add, _remove)]
