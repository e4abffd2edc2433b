"""Labels of several chargers on a common sheet, with their hosts' logos."""

import io
import zipfile
from collections.abc import Sequence
from enum import StrEnum

from billing.branding import brands, domains
from billing.sessions.documents import label_sheets, labels
from billing.sessions.documents.label_sheets import Sheet
from billing.sessions.documents.labels import Label
from chargers.models import Charger


def sheet(chargers: Sequence[Charger], *, sheet: Sheet, skip: int, with_connectors: bool) -> bytes:
    """Returns a PDF of the labels; `skip` labels of the first sheet are already used.

    One query for each host and each charger.
    """
    printed = [label for charger in chargers for label in of_charger(charger, with_connectors=with_connectors)]
    png = {host.pk: brands.png(host) for host in {charger.property.host for charger in chargers}}
    logos = {charger.station_id: png[charger.property.host_id] for charger in chargers}
    return label_sheets.pdf(printed, sheet=sheet, logos=logos, skipped=skip % sheet.count)


class Picture(StrEnum):
    """File formats of single codes."""

    SVG = "svg"
    PNG = "png"


def render_zip(chargers: Sequence[Charger], *, kind: Picture) -> bytes:
    """Returns a ZIP with a picture of each label. One query for each charger."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in (label for charger in chargers for label in of_charger(charger, with_connectors=True)):
            content = labels.svg(label) if kind == Picture.SVG else labels.png(label)
            archive.writestr(f"{label.file_name}.{kind}", content)
    return buffer.getvalue()


def of_charger(charger: Charger, *, with_connectors: bool) -> list[Label]:
    """Returns the charger's own label, then one for each connector."""
    evses = charger.evses.order_by("number").values_list("number", flat=True) if with_connectors else []
    property_name, base = charger.property.name, domains.base_address(charger.property.host_id)
    return [Label(charger.station_id, property_name, number, base) for number in (None, *evses)]


def render_charger_pdf(charger: Charger) -> bytes:
    """Returns all labels of one charger as a PDF on A4."""
    return labels.pdf(of_charger(charger, with_connectors=True))
