"""What the tests of insight.refusals and views.decisions share."""


def text_of(response) -> str:
    return response.content.decode()
