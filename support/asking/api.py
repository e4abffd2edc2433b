"""The REST API for tickets: a host's requests, their state, new ones and replies."""

import base64
import binascii
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import rate_limit
from authorization.people.request import now
from authorization.rest import person
from authorization.rest.base import ApiList, ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from support.asking.forms import LONGEST, HelpForm
from support.lookup import host_facts
from support.lookup.host_facts import QuestionSubject
from support.models import Ticket, TicketMessage
from support.requests.acts import requests as acts
from support.tickets import attachments, conversation, reading
from support.tickets.attachments import AttachmentError, File
from support.tickets.conversation import Author, NewMessage
from support.tickets.lifecycle import NewTicket
from support.topics import catalogue
from support.topics.details import Detail
from support.topics.topic import Asker

_A_DAY = 50


class TicketMessageSerializer(serializers.ModelSerializer[TicketMessage]):
    """A message that the person who asked may read."""

    class Meta:
        model = TicketMessage
        fields = ["id", "author", "name", "text", "written_at"]
        read_only_fields = fields


class TicketSerializer(serializers.ModelSerializer[Ticket]):
    """A request for help."""

    number = serializers.CharField(source="label", read_only=True, help_text="As people read it: T-1042.")
    host = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    charger = serializers.SlugRelatedField[Any](slug_field="charger_id", read_only=True, allow_null=True)
    session = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True)
    payout = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True)

    class Meta:
        model = Ticket
        fields = [
            "id", "number", "topic", "subject", "state", "priority", "host", "property", "charger", "session",
            "payout", "opened_at", "changed_at", "first_answer_due_at", "solved_at", "satisfaction",
        ]  # fmt: skip
        read_only_fields = fields


class TicketWithMessagesSerializer(TicketSerializer):
    """A request with its conversation, oldest message first."""

    messages = TicketMessageSerializer(many=True, source="read_messages", read_only=True)

    class Meta(TicketSerializer.Meta):
        fields = [*TicketSerializer.Meta.fields, "messages"]
        read_only_fields = fields


class TicketFileSerializer(Body):
    """A picture, a PDF or plain text of at most 10 MB."""

    name = serializers.CharField(max_length=200, validators=[require_storable])
    content = serializers.CharField(help_text="The file in base64.")


class TopicField(serializers.ChoiceField):
    """A topic for hosts, from the catalogue at request time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([(topic.number, topic.title) for topic in catalogue.for_asker(Asker.HOST)], **kwargs)


class NewTicketSerializer(Body):
    """A question. `charger`, `session` and `payout` name what it is about, so that fewer details are needed."""

    topic = TopicField(help_text="Its number.")
    text = serializers.CharField(max_length=LONGEST, validators=[require_storable])
    charger = serializers.CharField(max_length=48, default="", allow_blank=True, validators=[require_storable])
    session = serializers.UUIDField(required=False, allow_null=True, default=None)
    payout = serializers.UUIDField(required=False, allow_null=True, default=None)
    details = serializers.DictField(
        child=serializers.CharField(max_length=300, validators=[require_storable]),
        default=dict,
        help_text=f"What the topic needs beside: {', '.join(Detail)}.",
    )
    files = TicketFileSerializer(many=True, default=list, max_length=attachments.MAX_FILES)  # type: ignore[call-arg]


class NewTicketMessageSerializer(Body):
    """A reply."""

    text = serializers.CharField(max_length=LONGEST, validators=[require_storable])
    files = TicketFileSerializer(many=True, default=list, max_length=attachments.MAX_FILES)  # type: ignore[call-arg]


class SatisfactionSerializer(Body):
    """A rating of the help."""

    satisfaction = serializers.ChoiceField(choices=["good", "bad"])
    text = serializers.CharField(max_length=500, allow_blank=True, default="", validators=[require_storable])


class TicketFilter(FilterSet):  # type: ignore[misc]
    """Filters tickets."""

    state = django_filters.ChoiceFilter(choices=Ticket.State.choices)
    charger = django_filters.CharFilter(field_name="charger__charger_id", label="The charger's `id`.")

    class Meta:
        model = Ticket
        fields: ClassVar = ["state", "charger"]


class Tickets(ApiList[Ticket]):
    """Lists tickets of the host's people, newest first; guests' tickets are not included."""

    queryset = Ticket.objects.none()
    serializer_class = TicketSerializer
    filterset_class = TicketFilter

    def visible(self, key: ApiKey) -> QuerySet[Ticket]:
        return _list_visible_tickets(key)

    @extend_schema(
        request=NewTicketSerializer,
        responses={201: TicketWithMessagesSerializer},
        examples=[
            OpenApiExample("A charger", value={"topic": 1, "text": "It is dark.", "charger": "CP1"}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """Asks support on behalf of the key's creator; replies go to their e-mail address."""
        key, at = self.key(request), now()
        user, fields = person.get_creator(key), parse_request(NewTicketSerializer, request)
        subject_ids = QuestionSubject(charger=fields["charger"], session=fields["session"], payout=fields["payout"])
        prefilled = host_facts.gather(key, subject_ids, email=user.email)
        topic = catalogue.TOPICS[int(fields["topic"])]
        if unknown := sorted(set(fields["details"]) - {*Detail}):
            raise ValidationError(
                {"details": f"There is no such detail: {unknown[0][:60]}. Known: {', '.join(Detail)}."}
            )
        missing = catalogue.missing_requirements(topic, known_details=prefilled.answered)
        form = HelpForm({**fields["details"], "text": fields["text"]}, missing=missing, asks_address=False)
        if not form.is_valid():
            raise ValidationError(
                {f"details.{name}": [str(error) for error in wrong] for name, wrong in form.errors.items()}
            )
        answers = form.cleaned_data["given"]
        new = NewTicket(
            topic=topic.number,
            text=fields["text"],
            asker=Asker.HOST,
            origin=Ticket.Origin.PORTAL,
            email=user.email,
            user=user,
            facts=host_facts.complete_from_answers(prefilled, answers, viewer=key, now=at),
            known_details=prefilled.details,
            given=answers,
        )
        files = _files(fields["files"])
        if rate_limit.too_often("help-by", subject=user.email, limit=_A_DAY, within_s=86400):
            raise Throttled(wait=86400)
        ticket = acts.open_ticket(new, files=files, now=at)
        return Response(_body(ticket), status=status.HTTP_201_CREATED)


class TicketDetail(ApiView):
    """Returns one ticket with its conversation."""

    @extend_schema(responses=TicketWithMessagesSerializer)
    def get(self, request: Request, ticket_id: int) -> Response:
        return Response(_body(find_or_404(_list_visible_tickets(self.key(request)), pk=ticket_id)))


class TicketMessages(ApiView):
    """Messages of a ticket."""

    @extend_schema(request=NewTicketMessageSerializer, responses={201: TicketWithMessagesSerializer})
    def post(self, request: Request, ticket_id: int) -> Response:
        """Adds a message. A solved ticket is opened again; for a closed one a new ticket is created and returned."""
        key = self.key(request)
        user, ticket = person.get_creator(key), find_or_404(_list_visible_tickets(key), pk=ticket_id)
        fields = parse_request(NewTicketMessageSerializer, request)
        message = NewMessage(author=Author.HOST, text=fields["text"], user=user, name=user.name)
        target, _ = acts.write(ticket, message, files=_files(fields["files"]), now=now())
        return Response(_body(target), status=status.HTTP_201_CREATED)


class TicketSatisfaction(ApiView):
    """A rating of the help."""

    @extend_schema(request=SatisfactionSerializer, responses=TicketWithMessagesSerializer)
    def put(self, request: Request, ticket_id: int) -> Response:
        """Rates the help, once the ticket is solved."""
        key = self.key(request)
        user, ticket = person.get_creator(key), find_or_404(_list_visible_tickets(key), pk=ticket_id)
        fields = parse_request(SatisfactionSerializer, request)
        rating = Ticket.Satisfaction(fields["satisfaction"])
        if not acts.rate(ticket, rating, text=fields["text"], by=user, now=now()):
            raise ConflictError("It is not solved yet: say then how you liked the help.")
        return Response(_body(find_or_404(_list_visible_tickets(key), pk=ticket_id)))


def _files(sent: list[dict[str, Any]]) -> list[File]:
    files = []
    for position, attachment in enumerate(sent):
        try:
            files.append(attachments.check(attachment["name"], base64.b64decode(attachment["content"], validate=True)))
        except (binascii.Error, ValueError) as exc:
            raise ValidationError({f"files[{position}].content": "This is no base64."}) from exc
        except AttachmentError as exc:
            raise ValidationError({f"files[{position}].content": str(exc)}) from exc
    return files


def _list_visible_tickets(key: ApiKey) -> QuerySet[Ticket]:
    return reading.visible_tickets(key).select_related("host", "property", "charger")


def _body(ticket: Ticket) -> Any:
    ticket.read_messages = list(conversation.public(ticket, now=now()))  # type: ignore[attr-defined]
    return TicketWithMessagesSerializer(ticket).data
