"""One agreed version of a scope and a beginning; what the standard terms replaced by mistake is in force again.

Until now the standard terms were stored as a version whenever a period was looked at in which no agreement had begun:
for a host that joined in a running month every ten minutes, in place of what was agreed with it.
"""

from django.db import migrations, models

_STANDARD = "standard terms"


def set_aside(apps, _schema_editor):
    """Keeps every version, says which were false, and which payouts were calculated by them."""
    agreements = apps.get_model("billing", "PayoutAgreement").objects
    payouts = apps.get_model("billing", "Payout").objects
    for made in agreements.filter(made_by=_STANDARD, state="agreed").order_by("pk"):
        mine = payouts.filter(agreement=made)
        if not _takes_the_place_of_an_agreement(agreements, made) and mine.exists():
            continue
        made.state = "replaced"
        made.save(update_fields=["state"])
        for payout in mine.select_related("host").order_by("number"):
            print(f"\n  {payout.host.name}: payout P-{payout.number:06d} was calculated by the standard terms instead")
            print("  of what was agreed. `manage.py doctor` names it, too.")
    _keep_the_newest(agreements)


def _takes_the_place_of_an_agreement(agreements, made):
    """Whether people had agreed on terms of the scope that had begun."""
    earlier = agreements.filter(
        host=made.host, property=made.property, currency=made.currency, state="agreed", valid_from__lte=made.valid_from
    )
    return earlier.exclude(made_by=_STANDARD).filter(number__lt=made.number).exists()


def _keep_the_newest(agreements):
    """Of versions of the same beginning the newest one was in force."""
    seen = set()
    for made in agreements.filter(state="agreed").order_by("-number"):
        key = made.host_id, made.property_id, made.currency, made.valid_from
        if key in seen:
            made.state = "replaced"
            made.save(update_fields=["state"])
        seen.add(key)


def bring_back(apps, _schema_editor):
    """The code before knows no version that was replaced: the newest of a beginning counts there anyway."""
    rows = apps.get_model("billing", "PayoutAgreement").objects.filter(state="replaced")
    rows.update(state="agreed")


class Migration(migrations.Migration):
    dependencies = [("billing", "0067_scheduled_deletions")]

    operations = [
        migrations.AlterField(
            model_name="payoutagreement",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waits for a second person"),
                    ("agreed", "Agreed"),
                    ("replaced", "Replaced by another of the same beginning"),
                ],
                db_default="agreed",
                default="agreed",
                help_text="Only what is agreed is ever in force.",
                max_length=8,
            ),
        ),
        migrations.RunPython(set_aside, bring_back),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="payoutagreement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "agreed")),
                fields=("host", "property", "currency", "valid_from"),
                name="payoutagreement_one_beginning",
                nulls_distinct=False,
            ),
        ),
    ]
