"""The REST API about jobs: one operation at many chargers."""

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from django.db.models import Count, Q, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiList, ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body
from billing import access as billing
from billing.models import RateAssignment
from chargers.acts import jobs as acts
from chargers.acts.jobs import JobError, JobOrder
from chargers.jobs import plans
from chargers.jobs.plans import (
    COMMANDS,
    CommandPlan,
    FirmwarePlan,
    LicencePlan,
    Plan,
    RatePlan,
    SettingPlan,
    TemplatePlan,
)
from chargers.models import Job, JobItem, Licence, SettingTemplate

_ACTIONS = ("command", "setting", "template", "firmware", "rate", "licence")
_COUNTS = {f"n_{state}": Count("items", filter=Q(items__state=state)) for state in JobItem.State.values}


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job and the number of its chargers in each state."""

    what = serializers.SerializerMethodField(help_text="What is done, in words.")
    waiting = serializers.IntegerField(source="n_queued", read_only=True)
    sent = serializers.IntegerField(source="n_sent", read_only=True)
    done = serializers.IntegerField(source="n_done", read_only=True)
    failed = serializers.IntegerField(source="n_failed", read_only=True)
    skipped = serializers.IntegerField(source="n_skipped", read_only=True)

    class Meta:
        model = Job
        fields = [
            "id", "kind", "what", "state", "created_at", "ended_at", "wave_size", "stops_at_pct", "waits_for_idle",
            "waiting", "sent", "done", "failed", "skipped",
        ]  # fmt: skip
        read_only_fields = fields

    def get_what(self, job: Job) -> str:
        return plans.read(job.kind, job.plan).words


class JobItemSerializer(serializers.ModelSerializer[JobItem]):
    """One charger of a job."""

    charger = serializers.CharField(source="charger.charger_id", read_only=True)
    reason = serializers.CharField(read_only=True, allow_blank=True, help_text="Why it waits, failed or was skipped.")

    class Meta:
        model = JobItem
        fields = ["id", "charger", "wave", "state", "reason", "sent_at", "ended_at"]
        read_only_fields = fields


class NewJobSerializer(Body):
    """What to do at which chargers: exactly one of `command`, `setting`, `template`, `firmware`, `rate`, `licence`."""

    chargers = serializers.ListField(
        child=serializers.CharField(max_length=48, validators=[require_storable]), min_length=1, max_length=acts.LIMIT
    )
    command = serializers.ChoiceField(choices=list(COMMANDS), required=False)
    choice = serializers.CharField(
        required=False, max_length=40, validators=[require_storable], help_text="Of a command that has choices."
    )
    setting = serializers.CharField(required=False, max_length=500, validators=[require_storable])
    value = serializers.CharField(required=False, max_length=2500, validators=[require_storable])
    firmware = serializers.URLField(required=False, max_length=512, help_text="Where chargers fetch it.")
    version = serializers.CharField(required=False, max_length=255, validators=[require_storable])
    certificate = serializers.CharField(
        required=False, max_length=5500, validators=[require_storable], help_text="With `firmware`: PEM, OCPP 2.x."
    )
    signature = serializers.CharField(required=False, max_length=800, validators=[require_storable])
    template = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text="Its `id`.")
    rate = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text="Its `id`.")
    audience = serializers.ChoiceField(
        choices=RateAssignment.Audience.choices, required=False, help_text="With `rate`: who pays it."
    )
    licence = serializers.ChoiceField(
        choices=Licence.State.choices, required=False, help_text="For keys of the agents."
    )
    expires_on = serializers.DateField(required=False, help_text="With `licence`: its last day; else without end.")
    wave_size = serializers.IntegerField(required=False, min_value=1, max_value=acts.LIMIT)
    stops_at_pct = serializers.IntegerField(default=100, min_value=0, max_value=100)
    waits_for_idle = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in _ACTIONS) != 1:
            sentence = f"This belongs to a job of its own: name one of {', '.join(_ACTIONS)}."
            raise serializers.ValidationError({"command": sentence})
        if "setting" in attrs and "value" not in attrs:
            raise serializers.ValidationError({"value": "Say what the setting is to be: it belongs to it."})
        if "rate" in attrs and "audience" not in attrs:
            raise serializers.ValidationError({"audience": "Say who pays the rate: it belongs to it."})
        return attrs


class JobFilter(FilterSet):  # type: ignore[misc]
    """Filters of jobs."""

    state = django_filters.ChoiceFilter(choices=Job.State.choices)

    class Meta:
        model = Job
        fields: ClassVar = ["state"]


class JobItemFilter(FilterSet):  # type: ignore[misc]
    """Filters of a job's chargers."""

    state = django_filters.ChoiceFilter(choices=JobItem.State.choices)

    class Meta:
        model = JobItem
        fields: ClassVar = ["state"]


class Jobs(ApiList[Job]):
    """Jobs with a charger that the key may see, newest first."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_class = JobFilter

    def visible(self, key: ApiKey) -> QuerySet[Job]:
        return _annotate_counts(acts.list_visible(key))

    @extend_schema(request=NewJobSerializer, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Starts a job. Request it again for its progress."""
        key = self.key(request)
        body = NewJobSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        fields = body.validated_data
        order = JobOrder(
            plan=_plan(key, fields),
            chargers=_keys(key, fields["chargers"]),
            wave_size=fields.get("wave_size"),
            stops_at_pct=fields["stops_at_pct"],
            waits_for_idle=fields["waits_for_idle"],
        )
        try:
            job = acts.start(order, by=key, now=now())
        except JobError as exc:
            raise serializers.ValidationError({"chargers": str(exc)}) from exc
        return Response(_body(key, job), status=status.HTTP_202_ACCEPTED)


class JobDetail(ApiView):
    """One job."""

    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        return Response(
            JobSerializer(find_or_404(_annotate_counts(acts.list_visible(self.key(request))), pk=job_id)).data
        )


class JobItems(ApiList[JobItem]):
    """The chargers of a job that the key may see, each with its reason."""

    queryset = JobItem.objects.none()
    serializer_class = JobItemSerializer
    filterset_class = JobItemFilter

    def visible(self, key: ApiKey) -> QuerySet[JobItem]:
        job = find_or_404(acts.list_visible(key), pk=self.kwargs["job_id"])
        return JobItem.objects.filter(job=job, charger__in=access.chargers(key)).select_related("charger")


class SettingTemplateSerializer(serializers.ModelSerializer[SettingTemplate]):
    """The expected settings of a kind of charger. A pattern may contain * and ?; an empty one matches all."""

    class Meta:
        model = SettingTemplate
        fields = ["id", "name", "family", "vendor", "model"]
        read_only_fields = fields


class SettingTemplatesSerializer(serializers.Serializer[Any]):
    """Templates by name."""

    results = SettingTemplateSerializer(many=True)


class SettingTemplates(ApiView):
    """The templates that a job can apply."""

    @extend_schema(responses=SettingTemplatesSerializer)
    def get(self, request: Request) -> Response:
        rows = SettingTemplate.objects.filter(enabled=True).order_by("name")
        return Response({"results": SettingTemplateSerializer(rows, many=True).data})


class JobCancel(ApiView):
    """Skips the items that were not sent yet."""

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        return _steer_job(self, request, job_id, acts.cancel)


class JobResume(ApiView):
    """Resumes a job that stopped itself."""

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        return _steer_job(self, request, job_id, acts.resume)


class JobRetry(ApiView):
    """Tries the failed chargers again."""

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        return _steer_job(self, request, job_id, acts.retry)


def _steer_job(view: ApiView, request: Request, job_id: uuid.UUID, act: Callable[..., object]) -> Response:
    """Returns the job after the change, even if nothing changed."""
    key = view.key(request)
    job = find_or_404(acts.list_visible(key), pk=job_id)
    act(job, by=key, now=now())
    return Response(_body(key, job))


def _plan(key: ApiKey, fields: dict[str, Any]) -> Plan:
    if "setting" in fields:
        return SettingPlan(key=fields["setting"], value=fields["value"])
    if "firmware" in fields:
        options = {name: fields.get(name, "") for name in ("version", "certificate", "signature")}
        return FirmwarePlan(location=fields["firmware"], **options)
    if "template" in fields:
        template = SettingTemplate.objects.filter(enabled=True, pk=fields["template"]).first()
        if template is None:
            raise serializers.ValidationError({"template": "There is no such template."})
        return TemplatePlan(template=template.pk, name=template.name)
    if "rate" in fields:
        rate = billing.rates(key).select_related("host").filter(contract=None, pk=fields["rate"]).first()
        if rate is None:
            raise serializers.ValidationError({"rate": "There is no such rate."})
        return RatePlan(host=rate.host.slug, rate=rate.slug, audience=fields["audience"])
    if "licence" in fields:
        until = fields.get("expires_on")
        return LicencePlan(state=fields["licence"], expires_on=until.isoformat() if until else "")
    bulk_command, choice = COMMANDS[fields["command"]], fields.get("choice", "")
    choices = [value for value, _ in bulk_command.choices]
    if choices and choice not in choices:
        raise serializers.ValidationError({"choice": f"There is no such choice: {', '.join(choices)}."})
    return CommandPlan(command=fields["command"], values={bulk_command.input: choice} if choices else {})


def _keys(key: ApiKey, charger_ids: list[str]) -> list[int]:
    rows = dict(access.chargers(key).filter(charger_id__in=charger_ids).values_list("charger_id", "pk"))
    unknown = [charger_id for charger_id in charger_ids if charger_id not in rows]
    if unknown:
        raise serializers.ValidationError({"chargers": f"There is no such charger: {', '.join(unknown[:5])}."})
    return [rows[charger_id] for charger_id in charger_ids]


def _annotate_counts(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return jobs.annotate(**_COUNTS)


def _body(key: ApiKey, job: Job) -> Any:
    return JobSerializer(_annotate_counts(acts.list_visible(key)).get(pk=job.pk)).data
