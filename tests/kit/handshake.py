"""What the tests of credentials.api, credentials.handshake and partners.tokens_shown share."""


def versions_url(ours):
    return f"{ours}/ocpi/versions"
