"""What guests of bookings get at a property, and how they pay for what they charge."""

from django.db import models
from django.db.models import Q

from chargers.models import Property


class StayTerms(models.Model):
    """The host's choice for guests of bookings at a property; without it they pay by card, and nothing is included."""

    class Payment(models.TextChoices):
        CARD = "card", "By card, before charging begins"
        HOST = "host", "To you: no card is asked for here"
        FOLIO = "folio", "With the bill of their stay"

    class Per(models.TextChoices):
        STAY = "stay", "stay"
        DAY = "day", "day"

    property = models.OneToOneField(Property, on_delete=models.CASCADE, related_name="stay_terms")
    payment = models.CharField(max_length=10, choices=Payment, default=Payment.CARD)
    included_wh = models.PositiveIntegerField(default=0, help_text="Energy that comes with a booking. 0: none.")
    included_per = models.CharField(max_length=4, choices=Per, default=Per.STAY)
    discount_pct = models.DecimalField(max_digits=5, decimal_places=2, default=0, help_text="Off the energy's price.")

    class Meta:
        verbose_name_plural = "stay terms"
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_pct__gte=0, discount_pct__lte=100), name="stayterms_discount_is_a_percentage"
            )
        ]

    def __str__(self) -> str:
        return f"Guests of bookings at {self.property}"
