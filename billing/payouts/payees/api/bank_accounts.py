"""The REST API about where a host is paid: its bank accounts, and its account at the card processor.

Entering and confirming a bank account requires a fresh login, so keys are refused.
"""

from typing import Any, ClassVar, Final, NoReturn

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django_filters.rest_framework import ChoiceFilter
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiList, ApiView, HostFilter, find_or_404, host_of
from authorization.rest.bodies import Body
from billing import access
from billing.models import BankAccount, ProcessorAccount
from billing.payments.processors.protocol import ProcessorError
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import bank_accounts, processor_accounts, requirements
from chargers.models import Host

_HOST: Final = OpenApiParameter("host", str, description="The host's slug; agents and people of several hosts.")


class BankAccountSerializer(serializers.Serializer[Any]):
    """A bank account; its full number is never shown."""

    id = serializers.IntegerField()
    host = serializers.CharField()
    property = serializers.CharField(allow_null=True, help_text="Its slug, where it is paid by itself.")
    currency = serializers.CharField()
    scheme = serializers.ChoiceField(choices=BankAccount.Scheme.values)
    holder = serializers.CharField()
    last4 = serializers.CharField()
    state = serializers.ChoiceField(choices=BankAccount.State.values)
    failure = serializers.CharField(help_text="The bank's or the processor's code.")
    entered_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    usable_from = serializers.DateTimeField(allow_null=True)


class OnboardingSerializer(serializers.Serializer[Any]):
    """What the card processor knows about a host, and whether it pays out."""

    host = serializers.CharField()
    state = serializers.ChoiceField(choices=["not_begun", "not_ready", "ready"])
    missing = serializers.ListField(child=serializers.CharField(), help_text="What it still asks for.")
    disabled_reason = serializers.CharField(help_text="Why it does not pay out, in a sentence; else empty.")
    seen_at = serializers.DateTimeField(allow_null=True)


class OnboardingLinkSerializer(serializers.Serializer[Any]):
    """The processor's page; the address works once, for a short time."""

    url = serializers.CharField()
    expires_at = serializers.DateTimeField()


class OnboardingHostSerializer(Body):
    """The host whose account it is."""

    host = serializers.SlugField(required=False, help_text="Agents: which host.")


class ProcessorUnavailable(APIException):
    """The processor returned no page: 409, try again."""

    status_code = 409
    default_code = "processor_unavailable"


class BankAccountFilter(HostFilter):
    """Filters of bank accounts."""

    state = ChoiceFilter(choices=BankAccount.State.choices)

    class Meta:
        model = BankAccount
        fields: ClassVar = ["state", "host"]


class BankAccounts(ApiList[BankAccount]):
    """Bank accounts, newest first."""

    queryset = BankAccount.objects.none()
    serializer_class = BankAccountSerializer
    filterset_class = BankAccountFilter

    def visible(self, key: ApiKey) -> QuerySet[BankAccount]:
        return _filter_visible_accounts(key)

    @extend_schema(responses=BankAccountSerializer(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists bank accounts, including waiting, refused and replaced ones."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([_facts(row) for row in rows])

    @extend_schema(request=None, responses={403: None})
    def post(self, request: Request) -> Response:
        """Always refused: enter accounts in the portal, after a fresh login."""
        _refuse(self.api_key(request))


class BankAccountConfirmation(ApiView):
    """The second person's confirmation."""

    @extend_schema(request=None, responses={403: None})
    def post(self, request: Request, account_id: int) -> Response:
        """Always refused: a second person confirms accounts in the portal, after a fresh login."""
        account: BankAccount = find_or_404(_filter_visible_accounts(self.api_key(request)), pk=account_id)
        _refuse(self.api_key(request), account.host)


class BankAccountWithdrawal(ApiView):
    """The withdrawal of a bank account."""

    @extend_schema(request=None, responses=BankAccountSerializer)
    def post(self, request: Request, account_id: int) -> Response:
        """Withdraws an account that waits for confirmation or for its first use; this only stops a change."""
        key = self.api_key(request)
        try:
            payee_act_acts.withdraw_account(
                find_or_404(_filter_visible_accounts(key), pk=account_id), by=key, now=now()
            )
        except bank_accounts.NotPossibleError as exc:
            raise ValidationError({"account": str(exc)}) from exc
        return Response(_facts(find_or_404(_filter_visible_accounts(key), pk=account_id)))


class Onboarding(ApiView):
    """The host's account at the card processor."""

    @extend_schema(responses=OnboardingSerializer, parameters=[_HOST])
    def get(self, request: Request) -> Response:
        """Returns the account as the processor last reported it."""
        host = _host(self.api_key(request), request.query_params.get("host"), Right.SEE_MONEY)
        return Response(_state(host, processor_accounts.find(host)))

    @extend_schema(request=OnboardingHostSerializer, responses=OnboardingLinkSerializer)
    def post(self, request: Request) -> Response:
        """Returns a link to the processor's page; opens the host's account there the first time."""
        serializer = OnboardingHostSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        key = self.api_key(request)
        host = _host(key, serializer.validated_data.get("host"), Right.HANDLE_MONEY)
        setup_url = settings.PUBLIC_BASE_URL + reverse("billing:payout-setup", args=[host.slug])
        try:
            page = payee_act_acts.set_up(
                host, by=key, return_url=f"{setup_url}?asked=1", again_url=setup_url, now=now()
            )
        except ProcessorError as exc:
            raise ProcessorUnavailable(f"The card processor's page could not be opened: {exc}") from exc
        url = settings.PUBLIC_BASE_URL + page.url if page.url.startswith("/") else page.url
        return Response({"url": url, "expires_at": page.expires_at})


def _refuse(key: ApiKey, host: Host | None = None) -> NoReturn:
    """Raises PermissionDenied with the page on which a user does it."""
    owner = host or key.host
    path = reverse("billing:bank-accounts", args=[owner.slug]) if owner else reverse("billing:payout-hosts")
    raise PermissionDenied(
        "A key cannot enter or confirm a bank account: that takes two people who have just logged in. "
        f"They do it at {settings.PUBLIC_BASE_URL}{path}."
    )


def _host(key: ApiKey, slug: str | None, right: Right) -> Host:
    host = host_of(key, slug)
    people.require(key, right, host)
    return host


def _filter_visible_accounts(key: ApiKey) -> QuerySet[BankAccount]:
    return access.bank_accounts(key).select_related("host", "property")


def _state(host: Host, account: ProcessorAccount | None) -> dict[str, Any]:
    is_begun = account is not None and bool(account.ref)
    is_ready = account is not None and account.is_enabled
    return {
        "host": host.slug,
        "state": "ready" if is_ready else "not_ready" if is_begun else "not_begun",
        "missing": [str(requirement) for requirement in requirements.missing(account.missing)] if account else [],
        "disabled_reason": requirements.describe_disabled_reason(account.disabled_reason) if account else "",
        "seen_at": account.seen_at if account else None,
    }


def _facts(row: BankAccount) -> dict[str, Any]:
    return {
        "id": row.pk,
        "host": row.host.slug,
        "property": row.property.slug if row.property else None,
        "currency": row.currency,
        "scheme": row.scheme,
        "holder": row.holder,
        "last4": row.last4,
        "state": row.state,
        "failure": row.failure,
        "entered_at": row.entered_at,
        "confirmed_at": row.confirmed_at,
        "usable_from": row.usable_from,
    }
