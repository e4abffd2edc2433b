"""The tables of authorization, one file per subject."""

from authorization.models.audit import AuditEntry
from authorization.models.budgets import Budget
from authorization.models.company_logins import CompanyLogin
from authorization.models.data_grants import DataGrant, DataOpening
from authorization.models.decisions import Decision, IssuerQuestion, Opinion
from authorization.models.grants import (
    AccessRequest,
    AccessRule,
    ReimbursementContract,
    ReimbursementRate,
    Stay,
    StayKey,
)
from authorization.models.lists import ListPreference, SavedView
from authorization.models.people import (
    AccessGrant,
    ApiKey,
    ApiRequest,
    EnrolmentLink,
    Invitation,
    Membership,
    User,
    UserManager,
)
from authorization.models.pms import PmsConnection, PmsListing, StayHours
from authorization.models.providers import MobilityProvider, ProviderBlock, ProviderSync
from authorization.models.tokens import Token, TokenGroup, TokenImport, Vehicle

__all__ = [
    "AccessGrant",
    "AccessRequest",
    "AccessRule",
    "ApiKey",
    "ApiRequest",
    "AuditEntry",
    "Budget",
    "CompanyLogin",
    "DataGrant",
    "DataOpening",
    "Decision",
    "EnrolmentLink",
    "Invitation",
    "IssuerQuestion",
    "ListPreference",
    "Membership",
    "MobilityProvider",
    "Opinion",
    "PmsConnection",
    "PmsListing",
    "ProviderBlock",
    "ProviderSync",
    "ReimbursementContract",
    "ReimbursementRate",
    "SavedView",
    "Stay",
    "StayHours",
    "StayKey",
    "Token",
    "TokenGroup",
    "TokenImport",
    "User",
    "UserManager",
    "Vehicle",
]
