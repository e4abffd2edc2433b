"""The REST API about QR labels of one charger, or of many on a common sheet."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiView, require_storable
from authorization.rest.bodies import Body, parse_request
from billing.sessions.documents import label_files, label_sheets
from billing.sessions.documents.acts import labels as acts

_PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}
_LIMIT = 200


class LabelSheetSerializer(Body):
    """The chargers, the kind of sheet, and how many labels of the first sheet are already used."""

    chargers = serializers.ListField(
        child=serializers.CharField(max_length=48, validators=[require_storable]), min_length=1, max_length=_LIMIT
    )
    sheet = serializers.ChoiceField(choices=[(key, layout.name) for key, layout in label_sheets.SHEETS.items()])
    skip = serializers.IntegerField(min_value=0, max_value=29, default=0)
    each_connector = serializers.BooleanField(default=False, help_text="A label for each connector, too.")


class ChargerLabels(ApiView):
    """The labels of a charger."""

    @extend_schema(responses=_PDF)
    def get(self, request: Request, charger_id: str) -> HttpResponse:
        """Returns the charger's label and one for each connector, as a PDF on A4."""
        charger = self.charger(request, charger_id)
        acts.note_download([charger], by=self.api_key(request), now=now())
        return _pdf(label_files.render_charger_pdf(charger), name=f"{charger.station_id}-labels.pdf")


class LabelSheet(ApiView):
    """Labels of many chargers."""

    keeps_answers = False  # it makes a file and changes nothing, so a repeat is harmless

    @extend_schema(
        request=LabelSheetSerializer,
        responses=_PDF,
        examples=[OpenApiExample("Two", value={"chargers": ["CP1", "CP2"], "sheet": "l7160"}, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        """Returns the labels as a PDF for a common label sheet."""
        fields = parse_request(LabelSheetSerializer, request)
        rows = access.chargers(self.api_key(request)).filter(retired_at=None, charger_id__in=fields["chargers"])
        selected_chargers = list(rows.select_related("property__host").order_by("property__name", "station_id"))
        if unknown := sorted(set(fields["chargers"]) - {charger.charger_id for charger in selected_chargers}):
            raise ValidationError({"chargers": f"There is no such charger: {', '.join(unknown[:5])}."})
        acts.note_download(selected_chargers, by=self.api_key(request), now=now())
        sheet = label_sheets.SHEETS[fields["sheet"]]
        content = label_files.sheet(
            selected_chargers, sheet=sheet, skip=fields["skip"], with_connectors=fields["each_connector"]
        )
        return _pdf(content, name="labels.pdf")


def _pdf(content: bytes, *, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
