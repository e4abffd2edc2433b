"""What the tests of backoffice.static_files and pages.first_view share."""


def sent(answer) -> bytes:
    """The body; its file is closed, but not the database's connection, as `close()` would."""
    found = b"".join(answer.streaming_content) if answer.streaming else answer.content
    for close in answer._resource_closers:
        close()
    return found
