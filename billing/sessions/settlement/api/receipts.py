"""The REST API about receipts."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.rest.base import ApiList, ApiView, MomentFilter, find_or_404
from billing import access
from billing.models import Receipt
from billing.sessions.settlement.api.sessions import page_of


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    """A numbered document about a settled session. Amounts are in minor units, negative for credit notes."""

    session = serializers.PrimaryKeyRelatedField[Any](read_only=True)
    property = serializers.CharField(source="session.property.slug", read_only=True)
    currency = serializers.CharField(source="rating.currency", read_only=True)
    replaces = serializers.PrimaryKeyRelatedField[Any](
        read_only=True, allow_null=True, help_text="Of a corrected receipt, the `id` of the one that it stands for."
    )
    total_minor = serializers.SerializerMethodField()
    page = serializers.SerializerMethodField()

    class Meta:
        model = Receipt
        fields = [
            "id",
            "label",
            "kind",
            "session",
            "property",
            "issued_at",
            "currency",
            "total_minor",
            "replaces",
            "page",
        ]
        read_only_fields = fields

    def get_total_minor(self, receipt: Receipt) -> int:
        """Returns the total; for a credit note the refund, negative. Without replaced receipts, a list adds up."""
        if receipt.kind == Receipt.Kind.CREDIT_NOTE:
            return -int(receipt.document["total"])
        return int(receipt.rating.total_minor)

    def get_page(self, receipt: Receipt) -> str:
        """Returns the receipt's page, public to anyone with this link."""
        return page_of(receipt.session)


@extend_schema_field(OpenApiTypes.OBJECT)
class DocumentField(serializers.JSONField):
    """All that is printed on the document, as issued. A credit note prints the refund as a positive amount."""


class WholeReceiptSerializer(ReceiptSerializer):
    """A receipt with all that is printed on it."""

    document = DocumentField(read_only=True)

    class Meta(ReceiptSerializer.Meta):
        fields = [*ReceiptSerializer.Meta.fields, "document"]
        read_only_fields = fields


class ReceiptFilter(FilterSet):  # type: ignore[misc]
    """Find receipts."""

    session = django_filters.UUIDFilter(field_name="session_id", label="The session's `id`.")
    property = django_filters.CharFilter(field_name="session__property__slug", label="The property's slug.")
    since = MomentFilter(field_name="issued_at", lookup_expr="gte", label="Issued then or later.")

    class Meta:
        model = Receipt
        fields: ClassVar = ["session", "property", "since"]


class Receipts(ApiList[Receipt]):
    """Lists receipts, newest first."""

    queryset = Receipt.objects.none()
    serializer_class = ReceiptSerializer
    filterset_class = ReceiptFilter

    def visible(self, key: ApiKey) -> QuerySet[Receipt]:
        return _visible(key).defer("document")


class ReceiptDetail(ApiView):
    """One receipt."""

    @extend_schema(responses=WholeReceiptSerializer)
    def get(self, request: Request, receipt_id: int) -> Response:
        return Response(WholeReceiptSerializer(find_or_404(_visible(self.key(request)), pk=receipt_id)).data)


def _visible(key: ApiKey) -> QuerySet[Receipt]:
    """Returns the receipts of sessions that the key may see."""
    rows = Receipt.objects.filter(session__in=access.sessions(key))
    return rows.select_related("session__property", "rating").defer("rating__inputs", "rating__report")
