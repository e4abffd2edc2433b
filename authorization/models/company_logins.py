"""A host's own identity provider (OpenID Connect), with which its members log in."""

from django.db import models
from django.db.models import Q

from authorization.models.people import Membership, User
from chargers.models import Host
from chargers.models.free_text import FreeText


class CompanyLogin(models.Model):
    """A host's identity provider. It admits only members of this host who have no business elsewhere.

    `key` names it in addresses and in connected accounts. Another issuer or client gets a new key, so that accounts
    connected by one provider cannot be used by another.
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
