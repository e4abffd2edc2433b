"""OCPI 2.2.1: the stored form."""

from billing.roaming.versions.entry import KnownVersion

VERSION = KnownVersion(name="2.2.1")
