"""OCPI 2.3.0: prices with a list of their taxes. All its additions to locations are optional."""

from billing.roaming.versions.entry import KnownVersion
from billing.roaming.versions.v230 import prices

VERSION = KnownVersion(name="2.3.0", session=prices.session, tariff=prices.tariff, cdr=prices.cdr)
