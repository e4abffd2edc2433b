"""An agent's input to a tool's form, stored in their session between its POST and the page that shows it."""

import uuid
from typing import Final

from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict

from chargers.lib import ids

_KEY: Final = "tool_forms"
_LIMIT: Final = 10
_LONGEST: Final = 2000


def keep(session: SessionBase, posted: QueryDict, *, tool_key: str) -> uuid.UUID:
    """Stores the input and returns its id, which is also the id of the resulting act.

    Only the newest few are stored.
    """
    form_id = uuid.uuid4()
    sent = {
        name: [value[:_LONGEST] for value in values]
        for name, values in posted.lists()
        if name not in {"csrfmiddlewaretoken", "confirmed", "once", "stamp"}
    }
    before = list(session.get(_KEY, {}).items())[-_LIMIT + 1 :]
    session[_KEY] = dict([*before, (str(form_id), {"place": tool_key, "sent": sent})])
    return form_id


def find(session: SessionBase, text: str, *, tool_key: str) -> tuple[uuid.UUID, QueryDict] | None:
    """Returns the input with that id, if it belongs to this tool."""
    form_id = ids.read(text)
    saved_entry = session.get(_KEY, {}).get(str(form_id)) if form_id else None
    if form_id is None or saved_entry is None or saved_entry["place"] != tool_key:
        return None
    data = QueryDict(mutable=True)
    for name, values in saved_entry["sent"].items():
        data.setlist(name, values)
    return form_id, data
