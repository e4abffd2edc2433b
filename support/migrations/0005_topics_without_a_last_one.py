"""A topic is a folder: its number has no upper end here. Going back fails while rows of a twelfth are stored."""

from django.db import migrations, models
from django.db.models import Q

_CONSTRAINTS = (("ticket", "ticket_topic_known"), ("article", "article_topic"), ("macro", "macro_topic"))


def _replaced(model, name):
    known = Q(topic=None) | Q(topic__gte=1)
    return (
        migrations.RemoveConstraint(model_name=model, name=name),
        migrations.AddConstraint(model_name=model, constraint=models.CheckConstraint(condition=known, name=name)),
    )


class Migration(migrations.Migration):
    dependencies = [("support", "0004_topic_of_receipts")]

    operations = [one for model, name in _CONSTRAINTS for one in _replaced(model, name)]
