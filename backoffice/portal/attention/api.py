"""The REST API for the attention list: what needs a person, snoozed or assigned."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people.request import now
from authorization.rest.base import ApiView
from authorization.rest.bodies import Body
from backoffice.portal.attention import acts, attention
from backoffice.portal.attention.attention import SNOOZES, Row, SnoozeFor, Subject
from backoffice.portal.attention.cause import TITLES, Kind
from billing.models import AttentionMark


class AttentionCauseSerializer(serializers.Serializer[Any]):
    """One thing that needs a person."""

    kind = serializers.ChoiceField(choices=[(kind.value, title) for kind, title in TITLES.items()])
    level = serializers.ChoiceField(choices=[("bad", "bad"), ("warn", "warn")])
    since = serializers.DateTimeField()
    sentence = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)
    fix = serializers.CharField(help_text="What to do.")
    fix_url = serializers.CharField(allow_blank=True, help_text="Where, within the portal; empty: nowhere in it.")
    amount_minor = serializers.IntegerField(help_text="The money at stake in minor units.")
    currency = serializers.CharField(allow_blank=True)
    drivers = serializers.IntegerField(help_text="How many were turned away.")
    is_estimate = serializers.BooleanField(
        help_text="Amount and drivers are estimated from the same hours of the four weeks before."
    )


class AttentionRowSerializer(serializers.Serializer[Any]):
    """A charger, property or host with its causes, the most serious first."""

    subject = serializers.CharField(help_text="Such as charger:CP1, property:sunset-1 or host:sunset.")
    title = serializers.CharField()
    url = serializers.CharField()
    host = serializers.CharField()
    property = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField()
    causes = AttentionCauseSerializer(many=True)
    snoozed = serializers.BooleanField()
    snoozed_until = serializers.DateTimeField(allow_null=True, help_text="Null in a snoozed row: until it changes.")
    assigned_to = serializers.CharField(allow_null=True)


class AttentionSerializer(serializers.Serializer[Any]):
    """All rows, the most money and drivers at stake first; snoozed ones last."""

    results = AttentionRowSerializer(many=True)
    snoozed = serializers.IntegerField(help_text="How many of them are snoozed.")


class MarkSerializer(serializers.Serializer[Any]):
    """The decision about a row."""

    subject = serializers.CharField()
    snoozed = serializers.BooleanField()
    snoozed_until = serializers.DateTimeField(allow_null=True)
    assigned_to = serializers.CharField(allow_null=True)


class SnoozeSerializer(Body):
    """The duration of a snooze."""

    lasts = serializers.ChoiceField(choices=[(snooze.value, title) for snooze, (title, _) in SNOOZES.items()])


class AssignSerializer(Body):
    """The member to whom a row is assigned."""

    member = serializers.EmailField(allow_null=True, help_text="A member of the host; null: nobody.")


class Attention(ApiView):
    """Lists what needs a person, one row for each charger, property or host."""

    @extend_schema(
        responses=AttentionSerializer,
        parameters=[
            OpenApiParameter("kind", str, enum=[kind.value for kind in Kind]),
            OpenApiParameter("property", str, description="The property's slug."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Returns the complete list."""
        attention_list = attention.for_viewer(self.api_key(request), now=now())
        kind, slug = request.query_params.get("kind", ""), request.query_params.get("property", "")
        if kind and kind not in set(Kind):
            raise serializers.ValidationError({"kind": f"Known: {', '.join(Kind)}."})
        rows = [
            row
            for row in (*attention_list.rows, *attention_list.snoozed)
            if (not kind or any(cause.kind == kind for cause in row.causes))
            and (not slug or row.subject.property_slug == slug)
        ]
        return Response({"results": [row_facts(row) for row in rows], "snoozed": sum(row.is_snoozed for row in rows)})


class _Act(ApiView):
    def subject(self, request: Request, name: str) -> tuple[ApiKey, Subject]:
        """Returns the key and the row's subject; 404 if it is foreign or absent."""
        key = self.api_key(request)
        row_subject = attention.subject_named(key, name)
        if row_subject is None:
            raise Http404
        return key, row_subject


class AttentionSnooze(_Act):
    """Snoozes a row for all users of the host."""

    @extend_schema(request=SnoozeSerializer, responses=MarkSerializer)
    def post(self, request: Request, subject: str) -> Response:
        """Snoozes the row; it stays in the list, marked as snoozed."""
        key, row_subject = self.subject(request, subject)
        body = SnoozeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            mark = acts.snooze(row_subject, SnoozeFor(body.validated_data["lasts"]), by=key, now=now())
        except acts.NothingToSnoozeError as exc:
            raise serializers.ValidationError({"lasts": "This row needs nobody: nothing to wait for."}) from exc
        return Response(_mark(mark))


class AttentionWake(_Act):
    """Ends a snooze."""

    @extend_schema(request=None, responses=MarkSerializer)
    def post(self, request: Request, subject: str) -> Response:
        """Shows the row again."""
        key, row_subject = self.subject(request, subject)
        return Response(_mark(acts.unsnooze(row_subject, by=key, now=now())))


class AttentionAssign(_Act):
    """Assigns a row to a member of the host."""

    @extend_schema(request=AssignSerializer, responses=MarkSerializer)
    def post(self, request: Request, subject: str) -> Response:
        """Assigns the row; null removes the assignment."""
        key, row_subject = self.subject(request, subject)
        body = AssignSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        email = body.validated_data["member"] or ""
        try:
            mark = acts.assign(row_subject, email, by=key, now=now())
        except acts.NotAMemberError as exc:
            raise serializers.ValidationError({"member": f"There is no member “{email}” of this host."}) from exc
        return Response(_mark(mark))


def row_facts(row: Row) -> dict[str, Any]:
    """Returns a row as the API shows it."""
    subject, mark = row.subject, row.mark
    return {
        "subject": subject.key,
        "title": subject.label,
        "url": subject.href,
        "host": subject.host.slug,
        "property": subject.property_slug,
        "since": row.since,
        "causes": [
            {
                "kind": cause.kind.value,
                "level": cause.level,
                "since": cause.since,
                "sentence": cause.words.text,
                "detail": cause.detail,
                "fix": cause.fix.text,
                "fix_url": cause.fix.href,
                "amount_minor": cause.minor,
                "currency": cause.currency,
                "drivers": cause.drivers,
                "is_estimate": cause.is_estimate,
            }
            for cause in row.causes
        ],
        "snoozed": row.is_snoozed,
        "snoozed_until": mark.snoozed_until if mark and row.is_snoozed else None,
        "assigned_to": mark.assigned_to.email if mark and mark.assigned_to else None,
    }


def _mark(mark: AttentionMark) -> dict[str, Any]:
    return {
        "subject": mark.subject,
        "snoozed": mark.snoozed_at is not None,
        "snoozed_until": mark.snoozed_until,
        "assigned_to": mark.assigned_to.email if mark.assigned_to else None,
    }
