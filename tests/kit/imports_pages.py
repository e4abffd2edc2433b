"""What the tests of acts.token_imports and views.imports share."""

from django.core.files.uploadedfile import SimpleUploadedFile

IMPORT = "/authorization/tokens/import/"
MIXED = (
    "uid,visual_number,owner,group,valid\n"
    "04:a1:b2:c3:d4,SUN-1,Kim,residents,\n"  # changed
    "04DEADBEEF01,,Lee,Residents,true\n"  # new
    "04DEADBEEF02,,Mo,,\n"  # new, without a group
    "04DEADBEEF03,,,nowhere,\n"  # wrong
)


def upload(client, text, *, host="sunset", name="cards.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(f"{IMPORT}?host={host}", {"file": SimpleUploadedFile(name, content)})


def text_of(response) -> str:
    return response.content.decode()
