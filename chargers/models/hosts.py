"""Hosts and properties, where chargers stand."""

from django.db import models

from chargers.models.free_text import FreeText


class Host(models.Model):
    """The organisation that owns or runs properties (OCPI CPO party)."""

    slug = models.SlugField(unique=True)
    name = FreeText(max_length=200)
    currency = models.CharField(max_length=3, help_text="ISO 4217 code, such as USD.")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2 code.")
    legal_name = FreeText(
        max_length=200, blank=True, default="", db_default="", help_text="Of the company; empty: the name above."
    )
    legal_address = FreeText(max_length=300, blank=True, help_text="Of the company; receipts print it.")
    tax_number = models.CharField(max_length=40, blank=True)
    ocpi_country_code = models.CharField(max_length=2, blank=True)
    ocpi_party_id = models.CharField(max_length=3, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Property(models.Model):
    """A site with an address, a time zone and an access mode (OCPI Location)."""

    class Access(models.TextChoices):
        PUBLIC_ROAMING = "public_roaming", "Public (roaming)"
        GUEST = "guest", "Guests"
        PRIVATE = "private", "Private"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="properties")
    slug = models.SlugField(unique=True)
    name = FreeText(max_length=200)
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    latitude = models.DecimalField(max_digits=10, decimal_places=7, null=True, blank=True)
    longitude = models.DecimalField(max_digits=10, decimal_places=7, null=True, blank=True)
    time_zone = models.CharField(max_length=50, help_text="IANA name, such as America/New_York.")
    access = models.CharField(max_length=20, choices=Access, default=Access.PRIVATE)
    keeps_lists = models.BooleanField(
        default=False, db_default=False, help_text="Its chargers hold the cards that may charge at them."
    )
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    opening_hours = models.JSONField(
        default=dict, db_default={}, blank=True, help_text='By day, such as {"mon": ["08:00", "22:00"]}; empty: always.'
    )
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When the host gave it up; null: in use.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "properties"

    def __str__(self) -> str:
        return self.name


class _WithoutContent(models.Manager["PropertyPicture"]):
    """Defers the content, because pages only need a picture's address and size."""

    def get_queryset(self) -> models.QuerySet["PropertyPicture"]:
        return super().get_queryset().defer("content")


class PropertyPicture(models.Model):
    """A picture of a property that helps guests to find its chargers."""

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="pictures")
    content = models.BinaryField(help_text="A JPEG that we encoded, without anything that the upload said beside.")
    hash = models.CharField(max_length=32, help_text="Of the JPEG; its address.")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    caption = FreeText(max_length=120, blank=True, help_text="What it shows; empty: the name of the property.")
    position = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Of equals the older is first.")
    added_at = models.DateTimeField()

    objects = _WithoutContent()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["property", "hash"], name="propertypicture_once"),
            models.CheckConstraint(condition=models.Q(width__gt=0, height__gt=0), name="propertypicture_has_a_size"),
        ]

    def __str__(self) -> str:
        return f"Picture of {self.property}"


class Unit(models.Model):
    """An apartment, room or bay of a property that chargers can be tied to."""

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="units")
    slug = models.SlugField()
    name = FreeText(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["property", "slug"], name="unit_slug_unique_in_property")]

    def __str__(self) -> str:
        return self.name
