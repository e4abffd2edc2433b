"""The REST API for budgets: what a card, or the cards of a local group, may use in a calendar month."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey, Budget, Token, TokenGroup
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, find_or_404
from authorization.rest.bodies import Body, parse_request
from authorization.tokens import budgets
from authorization.tokens.acts import budgets as acts
from authorization.tokens.budget_fields import BudgetSerializer
from authorization.tokens.budgets import BudgetTerms, BudgetUse, Scope

_MAX_LIMIT = 1_000_000_000_000
_SCOPE = OpenApiParameter(
    "scope", str, OpenApiParameter.PATH, enum=Scope.values, description="For each card, or for all of them together."
)


class BudgetUseSerializer(serializers.Serializer[Any]):
    """A budget, and what was used of it this month."""

    group = serializers.CharField(allow_null=True, help_text="Whose it is, by its slug; null: the card's own.")
    budget = BudgetSerializer()
    month = serializers.CharField(help_text="Such as 2026-11, in the zone of the host's properties.")
    used_wh = serializers.IntegerField(allow_null=True, help_text="Null for money.")
    used_minor = serializers.IntegerField(allow_null=True, help_text="Null for energy.")
    is_used_up = serializers.BooleanField()


class CardBudgetsSerializer(serializers.Serializer[Any]):
    """The budgets that count for a card: its own, or those of its groups, of which the most generous counts."""

    budgets = BudgetUseSerializer(many=True)


class GroupBudgetsSerializer(serializers.Serializer[Any]):
    """A group's budgets. That of each card has the use of each of its cards under `/tokens/<id>/budget/`."""

    each = BudgetSerializer(allow_null=True, help_text="What each card may use.")
    used_up_by = serializers.IntegerField(help_text="How many cards have used up what they may.")
    together = BudgetUseSerializer(allow_null=True, help_text="What all cards may use together.")


class BudgetTermsSerializer(Body):
    """What may be used in a calendar month: one of the two limits."""

    limit_wh = serializers.IntegerField(min_value=1, max_value=_MAX_LIMIT, required=False)
    limit_minor = serializers.IntegerField(
        min_value=1, max_value=_MAX_LIMIT, required=False, help_text="In the host's currency, with tax."
    )
    stops_sessions = serializers.BooleanField(
        default=False, help_text="Whether a running session is stopped once it is used up."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("limit_wh" in attrs) == ("limit_minor" in attrs):
            raise ValidationError("Say how much: by `limit_wh` or by `limit_minor`, one of them.")
        return attrs


_EXAMPLE = OpenApiExample("20 kWh a month", value={"limit_wh": 20000}, request_only=True)


class TokenBudget(ApiView):
    """What a card may use in a calendar month."""

    @extend_schema(responses=CardBudgetsSerializer)
    def get(self, request: Request, token_id: int) -> Response:
        """Returns the card's own budget, or those of its groups, with what was used this month."""
        key = self.api_key(request)
        return Response(_describe_card(key, find_or_404(access.tokens(key).select_related("host"), pk=token_id)))

    @extend_schema(request=BudgetTermsSerializer, responses=CardBudgetsSerializer, examples=[_EXAMPLE])
    def put(self, request: Request, token_id: int) -> Response:
        """Sets the card's own budget, which replaces those of its groups."""
        key = self.api_key(request)
        token = _managed_token(key, token_id)
        acts.set_for_card(token, BudgetTerms(**parse_request(BudgetTermsSerializer, request)), by=key, now=now())
        return Response(_describe_card(key, token))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: int) -> Response:
        """Removes the card's own budget; those of its groups count again."""
        key = self.api_key(request)
        if not acts.remove_from_card(_managed_token(key, token_id), by=key, now=now()):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


class GroupBudgetList(ApiView):
    """The budgets of a local group."""

    @extend_schema(responses=GroupBudgetsSerializer)
    def get(self, request: Request, group_id: int) -> Response:
        """Returns what each card, and what all of them together may use, with what was used this month."""
        group = find_or_404(access.groups(self.api_key(request)).select_related("host"), pk=group_id)
        return Response(_describe_group(group))


class GroupBudgetDetail(ApiView):
    """One budget of a local group: `card` for each of its cards, `group` for all of them together."""

    @extend_schema(
        parameters=[_SCOPE], request=BudgetTermsSerializer, responses=GroupBudgetsSerializer, examples=[_EXAMPLE]
    )
    def put(self, request: Request, group_id: int, scope: str) -> Response:
        """Sets it, in place of an earlier one."""
        key, of_scope = self.api_key(request), _parse_scope(scope)
        group = _managed_group(key, group_id)
        terms = BudgetTerms(**parse_request(BudgetTermsSerializer, request))
        acts.set_for_group(group, of_scope, terms, by=key, now=now())
        return Response(_describe_group(group))

    @extend_schema(parameters=[_SCOPE], responses={204: None})
    def delete(self, request: Request, group_id: int, scope: str) -> Response:
        """Removes it."""
        key, of_scope = self.api_key(request), _parse_scope(scope)
        if not acts.remove_from_group(_managed_group(key, group_id), of_scope, by=key, now=now()):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


def _managed_token(key: ApiKey, pk: int) -> Token:
    token = find_or_404(access.tokens(key).exclude(host=None).select_related("host"), pk=pk)
    assert token.host is not None
    access.require(key, Right.MANAGE, token.host)
    return token


def _managed_group(key: ApiKey, pk: int) -> TokenGroup:
    group = find_or_404(access.groups(key).select_related("host"), pk=pk)
    access.require(key, Right.MANAGE, group.host)
    return group


def _parse_scope(scope: str) -> Budget.Scope:
    if scope not in Scope.values:
        raise Http404
    return Scope(scope)


def _describe_card(key: ApiKey, token: Token) -> dict[str, Any]:
    groups = access.groups(key).filter(tokens=token, enabled=True)
    return {"budgets": [_describe_use(use) for use in budgets.load_for_card(token, groups=groups, now=now())]}


def _describe_group(group: TokenGroup) -> dict[str, Any]:
    of_group = budgets.load_for_group(group, now=now())
    return {
        "each": BudgetSerializer(of_group.each).data if of_group.each else None,
        "used_up_by": of_group.exhausted_count,
        "together": _describe_use(of_group.joint) if of_group.joint else None,
    }


def _describe_use(use: BudgetUse) -> dict[str, Any]:
    facts = use.facts
    return {
        "group": use.budget.group.slug if use.budget.group else None,
        "budget": BudgetSerializer(use.budget).data,
        "month": f"{facts.month:%Y-%m}",
        "used_wh": None if facts.currency else facts.used,
        "used_minor": facts.used if facts.currency else None,
        "is_used_up": facts.is_used_up,
    }
