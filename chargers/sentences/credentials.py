"""Sentences about chargers' passwords and certificates. Pure."""

from enum import StrEnum
from typing import Final


class CredentialCode(StrEnum):
    """Codes of sentences about credentials. The part before the dot is the subject."""

    PASSWORD_REPLACED = "password.replaced"  # noqa: S105 - a code
    PASSWORD_SET_AT_ONCE = "password.set_at_once"  # noqa: S105 - a code
    PASSWORD_WITHDRAWN = "password.withdrawn"  # noqa: S105 - a code
    CERTIFICATE_USE = "certificate.use"
    CERTIFICATE_NO_AUTHORITY = "certificate.no_authority"
    CERTIFICATE_ASKED_AGAIN = "certificate.asked_again"
    CERTIFICATE_NOT_ANSWERED = "certificate.not_answered"
    CERTIFICATE_NOT_ONLINE = "certificate.not_online"
    CERTIFICATE_REPLACED = "certificate.replaced"
    CSR_UNREADABLE = "csr.unreadable"
    CSR_KEY_KIND = "csr.key_kind"
    CSR_RSA_TOO_SHORT = "csr.rsa_too_short"
    CSR_RSA_TOO_LONG = "csr.rsa_too_long"
    CSR_CURVE = "csr.curve"
    CSR_HASH = "csr.hash"
    CSR_SIGNATURE = "csr.signature"
    CSR_SUBJECT_PARTS = "csr.subject_parts"
    CSR_COMMON_NAME = "csr.common_name"
    CSR_NO_COMMON_NAME = "csr.no_common_name"
    CSR_ORGANIZATION = "csr.organization"
    CSR_ORGANIZATIONS = "csr.organizations"
    CSR_EXTENSIONS = "csr.extensions"
    CSR_SIGNS_OTHERS = "csr.signs_others"


PATTERNS: Final[dict[str, str]] = {
    CredentialCode.PASSWORD_REPLACED: "A new password was set by hand instead.",
    CredentialCode.PASSWORD_SET_AT_ONCE: "Set by hand; the old password was stopped at once.",
    CredentialCode.PASSWORD_WITHDRAWN: "Withdrawn in the portal.",
    CredentialCode.CERTIFICATE_USE: "Certificates for %(use)s are not signed here.",
    CredentialCode.CERTIFICATE_NO_AUTHORITY: (
        "There is no certificate authority here yet: the operator makes it with `manage.py charger_ca init`."
    ),
    CredentialCode.CERTIFICATE_ASKED_AGAIN: "The charger asked again: the newer request counts.",
    CredentialCode.CERTIFICATE_NOT_ANSWERED: "The charger did not answer when it was sent the certificate.",
    CredentialCode.CERTIFICATE_NOT_ONLINE: "The charger was not online for too long.",
    CredentialCode.CERTIFICATE_REPLACED: "The hardware that asked for it was replaced.",
    CredentialCode.CSR_UNREADABLE: (
        "The request cannot be read: send PKCS#10 in PEM (-----BEGIN CERTIFICATE REQUEST-----)."
    ),
    CredentialCode.CSR_KEY_KIND: "Its key is of a kind that is not supported: use RSA of 2048 bits or EC P-256.",
    CredentialCode.CSR_RSA_TOO_SHORT: "Its RSA key has %(bits)s bits: at least %(least)s are needed.",
    CredentialCode.CSR_RSA_TOO_LONG: "Its RSA key has %(bits)s bits: at most %(most)s.",
    CredentialCode.CSR_CURVE: "Its curve %(name)s is not P-256, P-384 or P-521.",
    CredentialCode.CSR_HASH: "It is signed with an outdated hash: use SHA-256 or longer.",
    CredentialCode.CSR_SIGNATURE: "Its signature does not fit its key: whoever sent it does not hold the key.",
    CredentialCode.CSR_SUBJECT_PARTS: "Its subject has parts that a charger's certificate has not: %(parts)s.",
    CredentialCode.CSR_COMMON_NAME: "Its subject names CN %(names)s: it must be the charger's id %(charger_id)s.",
    CredentialCode.CSR_NO_COMMON_NAME: "Its subject names CN nothing: it must be the charger's id %(charger_id)s.",
    CredentialCode.CSR_ORGANIZATION: "Its organisation (O) must be %(organization)s.",
    CredentialCode.CSR_ORGANIZATIONS: "Its subject names several organisations.",
    CredentialCode.CSR_EXTENSIONS: "The extensions that it asks for cannot be read.",
    CredentialCode.CSR_SIGNS_OTHERS: "It asks for a certificate that may sign others.",
}
