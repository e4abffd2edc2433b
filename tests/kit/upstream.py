"""What the tests of proxy.backlog, proxy.quota, proxy.upstream and proxy.upstream_socket share."""


def answer_of(payload):
    return payload["idTagInfo"]["status"]
