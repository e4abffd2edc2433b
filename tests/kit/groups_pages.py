"""What the tests of acts.groups, tokens.coverage, tokens.group_form and views.groups share."""

NO_WINDOW = {"window-TOTAL_FORMS": "0", "window-INITIAL_FORMS": "0"}


def address(group, act):
    return f"/authorization/groups/{group.pk}/{act}/"


def said(**fields):
    return {"name": "Staff", "enabled": "on"} | NO_WINDOW | fields


def text_of(response) -> str:
    return response.content.decode()
