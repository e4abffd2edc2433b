"""The eleventh topic, on receipts. Going back fails while rows of it are stored."""

from django.db import migrations, models
from django.db.models import Q

_CONSTRAINTS = (("ticket", "ticket_topic_known"), ("article", "article_topic"), ("macro", "macro_topic"))


def _replaced(model, name):
    known = Q(topic=None) | Q(topic__gte=1, topic__lte=11)
    return (
        migrations.RemoveConstraint(model_name=model, name=name),
        migrations.AddConstraint(model_name=model, constraint=models.CheckConstraint(condition=known, name=name)),
    )


class Migration(migrations.Migration):
    dependencies = [("support", "0003_first_macros")]

    operations = [one for model, name in _CONSTRAINTS for one in _replaced(model, name)]
