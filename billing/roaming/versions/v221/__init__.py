"""OCPI 2.2.1: what is stored."""

from billing.roaming.versions.entry import KnownVersion

VERSION = KnownVersion(name="2.2.1")
