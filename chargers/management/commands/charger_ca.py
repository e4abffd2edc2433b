"""`manage.py charger_ca`: our own certificate authority for chargers (security profile 3)."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.core.management import CommandError

from chargers.lib.quick_command import QuickCommand
from chargers.models import CertificateAuthority
from chargers.security import authority


class Command(QuickCommand):
    """`init` makes the authority once; `renew` makes its successor; `show` prints the certificate that signs now."""

    help = "Makes or shows the certificate authority that signs the client certificates of chargers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        init = acts.add_parser("init", help="make it; if there is one already, show it")
        init.add_argument("--name", default="Charging back office, chargers", help="its name (CN), at most 64 letters")
        acts.add_parser("renew", help="make its successor before it ends; what it signed stays good meanwhile")
        acts.add_parser("show", help="print what it is, and its certificate as PEM")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["act"] == "init":
            name = options["name"].strip()
            if not name or len(name) > 64 or not name.isprintable():
                raise CommandError("--name must have 1 to 64 printable letters.")
            certificate_authority, is_new = authority.make(name=name, now=datetime.now(tz=UTC))
            self.stderr.write("Made it." if is_new else "There is one already; nothing was changed.")
            self._show(certificate_authority)
            return
        present = authority.renew(now=datetime.now(tz=UTC)) if options["act"] == "renew" else authority.current()
        if present is None:
            raise CommandError("There is none yet: make it with `manage.py charger_ca init`.")
        self._show(present)

    def _show(self, certificate_authority: CertificateAuthority) -> None:
        """Prints other text to stderr, so that `show > ca.pem` gives the certificate alone."""
        certificate = x509.load_pem_x509_certificate(certificate_authority.certificate.encode())
        fingerprint = authority.fingerprint_of(certificate.public_bytes(serialization.Encoding.DER))
        self.stderr.write(
            f"{certificate_authority.name}, valid to {certificate_authority.valid_to:%Y-%m-%d}, SHA-256 {fingerprint}"
        )
        self.stdout.write(certificate_authority.certificate.strip())
