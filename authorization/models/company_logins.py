"""A host's own identity provider (OpenID Connect), by which its members log in."""

from django.db import models
from django.db.models import Q

from authorization.models.people import Membership, User
from chargers.models import Host
from chargers.models.free_text import FreeText


class CompanyLogin(models.Model):
    """The provider of one host. It admits members of this host only, and nobody who has business elsewhere.

    `key` names it in addresses and in the accounts that are connected by it: a new one for another issuer or client, so
    that nobody is logged in by what another provider says.
    """

    host = models.OneToOneField(Host, on_delete=models.CASCADE, related_name="company_login")
    key = models.CharField(max_length=32, unique=True)
    name = FreeText(max_length=40, help_text="On the button: Continue with …")
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=191)
    secret_encrypted = models.TextField()
    domain = models.CharField(max_length=253, help_text="Of the addresses that it may name; in lower case.")
    newcomer_role = models.CharField(
        max_length=10, choices=Membership.Role, blank=True, help_text="Of people without an account; empty: refused."
    )
    is_enabled = models.BooleanField(default=True)
    domain_confirmed_at = models.DateTimeField(null=True, help_text="When an agent saw that the domain is the host's.")
    domain_confirmed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(newcomer_role="owner"), name="companylogin_makes_no_owner"),
            models.UniqueConstraint(
                fields=["domain"], condition=Q(domain_confirmed_at__isnull=False), name="companylogin_one_of_a_domain"
            ),
        ]

    def __str__(self) -> str:
        return self.name
