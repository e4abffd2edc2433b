"""OCPI 2.3.0: prices with their taxes one by one. All that it added to locations is optional."""

from billing.roaming.versions.entry import KnownVersion
from billing.roaming.versions.v230 import prices

VERSION = KnownVersion(name="2.3.0", session=prices.session, tariff=prices.tariff, cdr=prices.cdr)
