"""What the tests of backoffice.static_files and pages.first_view share."""


def sent(answer) -> bytes:
    """Returns the body. Closes its file, but unlike `close()` not the database connection."""
    found = b"".join(answer.streaming_content) if answer.streaming else answer.content
    for close in answer._resource_closers:
        close()
    return found
