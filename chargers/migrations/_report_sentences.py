"""What was said of lists, profiles, passwords and certificates when 0020 was written, by code; it never changes."""

from typing import Final

REPORTS: Final = {
    "password.replaced": "A new password was set by hand instead.",
    "password.set_at_once": "Set by hand; the old password was stopped at once.",
    "password.withdrawn": "Withdrawn in the portal.",
    "certificate.use": "Certificates for %(use)s are not signed here.",
    "certificate.no_authority": "There is no certificate authority here yet: the operator makes it with `manage.py charger_ca init`.",
    "certificate.asked_again": "The charger asked again: the newer request counts.",
    "certificate.not_answered": "The charger did not answer when it was sent the certificate.",
    "certificate.not_online": "The charger was not online for too long.",
    "csr.unreadable": "The request cannot be read: send PKCS#10 in PEM (-----BEGIN CERTIFICATE REQUEST-----).",
    "csr.key_kind": "Its key is of a kind that is not supported: use RSA of 2048 bits or EC P-256.",
    "csr.rsa_too_short": "Its RSA key has %(bits)s bits: at least %(least)s are needed.",
    "csr.rsa_too_long": "Its RSA key has %(bits)s bits: at most %(most)s.",
    "csr.curve": "Its curve %(name)s is not P-256, P-384 or P-521.",
    "csr.hash": "It is signed with an outdated hash: use SHA-256 or longer.",
    "csr.signature": "Its signature does not fit its key: whoever sent it does not hold the key.",
    "csr.subject_parts": "Its subject has parts that a charger's certificate has not: %(parts)s.",
    "csr.common_name": "Its subject names CN %(names)s: it must be the charger's id %(charger_id)s.",
    "csr.no_common_name": "Its subject names CN nothing: it must be the charger's id %(charger_id)s.",
    "csr.organization": "Its organisation (O) must be %(organization)s.",
    "csr.organizations": "Its subject names several organisations.",
    "csr.extensions": "The extensions that it asks for cannot be read.",
    "csr.signs_others": "It asks for a certificate that may sign others.",
    "sync.not_answered": "The charger did not answer %(tries)s times in a row; it is asked again in an hour.",
    "sync.refused_twice": "The full list was sent once more, and refused again.",
    "drift.emptied": "It had no list any more, where version %(ours)s was ours: somebody emptied it.",
    "drift.changed": "It had version %(reported)s, where version %(ours)s was ours: somebody else changed its list.",
    "profile.refused": "The charger refused.",
}
