"""What the tests of hosts.acts and views.company share."""


def text_of(response) -> str:
    return response.content.decode()
