"""Addresses of the REST API, under /api/v1/."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from authorization.api.base import Absent
from authorization.api.blocks import Blocks, OneBlock
from authorization.api.decisions import Decide, Decisions, OneDecision
from authorization.api.groups import Groups, OneGroup
from authorization.api.imports import OneTokenImport, TokenImportApplied, TokenImports
from authorization.api.openapi import Schema
from authorization.api.people import Grants, Members
from authorization.api.reimbursements import OneReimbursement, ReimbursementEnd, Reimbursements
from authorization.api.stays import OneStay, StayEnd, Stays
from authorization.api.tokens import OneToken, TokenLeaves, Tokens
from billing.api.agreements import Agreements, OneAgreement
from billing.api.alerts import AlertRules, Alerts, OneAlertRule, OneReportSchedule, ReportSchedules
from billing.api.assignments import Assignments, OneAssignment
from billing.api.attention import Attention, AttentionAssign, AttentionSnooze, AttentionWake
from billing.api.bank_accounts import BankAccountConfirmation, BankAccounts, BankAccountWithdrawal, Onboarding
from billing.api.bank_lines import (
    BankImports,
    BankLineAnswer,
    BankLineMatch,
    BankLinePost,
    BankLines,
    BankLineUndo,
    OneBankLine,
)
from billing.api.book_differences import BookDifferences
from billing.api.cases import Disputes, Receivables
from billing.api.complaints import ComplaintAnswer, Complaints, OneComplaint
from billing.api.differences import Difference
from billing.api.home import HomeInvoicePaid, HomeInvoices, HomePayoutPaid, OneHomeInvoice
from billing.api.hooks import OneWebhookEndpoint, WebhookDeliveries, WebhookEndpoints
from billing.api.join_codes import JoinAnswer, JoinCodes, JoinCodeStop, Joins, OneJoinCode
from billing.api.payouts import OnePayout, PayoutForecast, PayoutReissue, Payouts
from billing.api.plans import OnePlan, PlanRetired, Plans, PlanVersions, Subscribers
from billing.api.rates import OneRate, Rates, Versions
from billing.api.receipts import OneReceipt, Receipts
from billing.api.refunds import Refunds
from billing.api.rehearsals import RateRehearsal
from billing.api.resolved import ResolvedRate
from billing.api.reviews import Review
from billing.api.search import Search
from billing.api.sessions import OneSession, Sessions, Waiver
from billing.api.statements import OneStatement, StatementCsv, StatementPdf, Statements
from chargers.api.chargers import Chargers, OneCharger
from chargers.api.commands import Commands, OneCommand, Starts
from chargers.api.jobs import JobCancel, JobItems, JobResume, JobRetry, Jobs, OneJob
from chargers.api.local_lists import OneLocalList
from chargers.api.messages import Messages, OneMessage
from chargers.api.properties import OneProperty, OneUnit, Properties, PropertyClosing, PropertyUnits
from chargers.api.security import Password, Registration, Security
from chargers.api.tags import ChargerTags, OneTag, Tags
from chargers.api.upstreams import Proxy
from chargers.api.uptime import ChargerUptime, OutageExclusions, OutageExclusionWithdrawal

app_name = "api"
_OPEN: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}
urlpatterns: list[URLPattern] = [
    path("chargers/", Chargers.as_view(), name="chargers"),
    path("chargers/<str:charger_id>/", OneCharger.as_view(), name="charger"),
    path("chargers/<str:charger_id>/commands/", Commands.as_view(), name="commands"),
    path("chargers/<str:charger_id>/decide/", Decide.as_view(), name="decide"),
    path("chargers/<str:charger_id>/local-list/", OneLocalList.as_view(), name="local-list"),
    path("chargers/<str:charger_id>/messages/", Messages.as_view(), name="messages"),
    path("chargers/<str:charger_id>/messages/<uuid:message_id>/", OneMessage.as_view(), name="message"),
    path("chargers/<str:charger_id>/password/", Password.as_view(), name="charger-password"),
    path("chargers/<str:charger_id>/rate/", ResolvedRate.as_view(), name="resolved-rate"),
    path("chargers/<str:charger_id>/registration/", Registration.as_view(), name="charger-registration"),
    path("chargers/<str:charger_id>/security/", Security.as_view(), name="charger-security"),
    path("chargers/<str:charger_id>/starts/", Starts.as_view(), name="starts"),
    path("chargers/<str:charger_id>/tags/", ChargerTags.as_view(), name="charger-tags"),
    path("jobs/", Jobs.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>/", OneJob.as_view(), name="job"),
    path("jobs/<uuid:job_id>/items/", JobItems.as_view(), name="job-items"),
    path("jobs/<uuid:job_id>/cancel/", JobCancel.as_view(), name="job-cancel"),
    path("jobs/<uuid:job_id>/resume/", JobResume.as_view(), name="job-resume"),
    path("jobs/<uuid:job_id>/retry/", JobRetry.as_view(), name="job-retry"),
    path("tags/", Tags.as_view(), name="tags"),
    path("tags/<int:pk>/", OneTag.as_view(), name="tag"),
    path("chargers/<str:charger_id>/uptime/", ChargerUptime.as_view(), name="charger-uptime"),
    path("chargers/<str:charger_id>/outage-exclusions/", OutageExclusions.as_view(), name="outage-exclusions"),
    path(
        "chargers/<str:charger_id>/outage-exclusions/<int:exclusion_id>/withdraw/",
        OutageExclusionWithdrawal.as_view(),
        name="outage-exclusion-withdraw",
    ),
    path("chargers/<str:charger_id>/proxy/", Proxy.as_view(), name="proxy"),
    path("commands/<uuid:command_id>/", OneCommand.as_view(), name="command"),
    path("complaints/", Complaints.as_view(), name="complaints"),
    path("complaints/<int:complaint_id>/", OneComplaint.as_view(), name="complaint"),
    path("complaints/<int:complaint_id>/answer/", ComplaintAnswer.as_view(), name="complaint-answer"),
    path("decisions/", Decisions.as_view(), name="decisions"),
    path("decisions/<uuid:decision_id>/", OneDecision.as_view(), name="decision"),
    path("disputes/", Disputes.as_view(), name="disputes"),
    path("grants/", Grants.as_view(), name="grants"),
    path("home-invoices/", HomeInvoices.as_view(), name="home-invoices"),
    path("home-invoices/<int:invoice_id>/", OneHomeInvoice.as_view(), name="home-invoice"),
    path("home-invoices/<int:invoice_id>/paid/", HomeInvoicePaid.as_view(), name="home-invoice-paid"),
    path("home-payouts/<int:payout_id>/paid/", HomePayoutPaid.as_view(), name="home-payout-paid"),
    path("webhook-endpoints/", WebhookEndpoints.as_view(), name="webhook-endpoints"),
    path("webhook-endpoints/<int:endpoint_id>/", OneWebhookEndpoint.as_view(), name="webhook-endpoint"),
    path("webhook-deliveries/", WebhookDeliveries.as_view(), name="webhook-deliveries"),
    path("join-codes/", JoinCodes.as_view(), name="join-codes"),
    path("join-codes/<int:pk>/", OneJoinCode.as_view(), name="join-code"),
    path("join-codes/<int:pk>/stop/", JoinCodeStop.as_view(), name="join-code-stop"),
    path("joins/", Joins.as_view(), name="joins"),
    path("joins/<int:pk>/answer/", JoinAnswer.as_view(), name="join-answer"),
    path("members/", Members.as_view(), name="members"),
    path("search/", Search.as_view(), name="search"),
    path("alert-rules/", AlertRules.as_view(), name="alert-rules"),
    path("alert-rules/<int:rule_id>/", OneAlertRule.as_view(), name="alert-rule"),
    path("report-schedules/", ReportSchedules.as_view(), name="report-schedules"),
    path("report-schedules/<int:schedule_id>/", OneReportSchedule.as_view(), name="report-schedule"),
    path("alerts/", Alerts.as_view(), name="alerts"),
    path("attention/", Attention.as_view(), name="attention"),
    path("attention/<str:subject>/assign/", AttentionAssign.as_view(), name="attention-assign"),
    path("attention/<str:subject>/snooze/", AttentionSnooze.as_view(), name="attention-snooze"),
    path("attention/<str:subject>/wake/", AttentionWake.as_view(), name="attention-wake"),
    path("bank-accounts/", BankAccounts.as_view(), name="bank-accounts"),
    path("bank-accounts/<int:account_id>/confirm/", BankAccountConfirmation.as_view(), name="bank-account-confirm"),
    path("bank-accounts/<int:account_id>/withdraw/", BankAccountWithdrawal.as_view(), name="bank-account-withdraw"),
    path("bank-imports/", BankImports.as_view(), name="bank-imports"),
    path("bank-lines/", BankLines.as_view(), name="bank-lines"),
    path("bank-lines/<int:line_id>/", OneBankLine.as_view(), name="bank-line"),
    path("bank-lines/<int:line_id>/answer/", BankLineAnswer.as_view(), name="bank-line-answer"),
    path("bank-lines/<int:line_id>/match/", BankLineMatch.as_view(), name="bank-line-match"),
    path("bank-lines/<int:line_id>/post/", BankLinePost.as_view(), name="bank-line-post"),
    path("bank-lines/<int:line_id>/undo/", BankLineUndo.as_view(), name="bank-line-undo"),
    path("differences/", BookDifferences.as_view(), name="differences"),
    path("payout-agreements/", Agreements.as_view(), name="payout-agreements"),
    path("payout-agreements/<int:agreement_id>/", OneAgreement.as_view(), name="payout-agreement"),
    path("payouts/onboarding/", Onboarding.as_view(), name="payout-onboarding"),
    path("payouts/", Payouts.as_view(), name="payouts"),
    path("payouts/forecast/", PayoutForecast.as_view(), name="payout-forecast"),
    path("payouts/<uuid:payout_id>/", OnePayout.as_view(), name="payout"),
    path("payouts/<uuid:payout_id>/reissue/", PayoutReissue.as_view(), name="payout-reissue"),
    path("plans/", Plans.as_view(), name="plans"),
    path("plans/<int:plan_id>/", OnePlan.as_view(), name="plan"),
    path("plans/<int:plan_id>/retire/", PlanRetired.as_view(), name="plan-retire"),
    path("plans/<int:plan_id>/subscribers/", Subscribers.as_view(), name="plan-subscribers"),
    path("plans/<int:plan_id>/versions/", PlanVersions.as_view(), name="plan-versions"),
    path("properties/", Properties.as_view(), name="properties"),
    path("properties/<slug:slug>/", OneProperty.as_view(), name="property"),
    path("properties/<slug:slug>/closing/", PropertyClosing.as_view(), name="property-closing"),
    path("properties/<slug:slug>/units/", PropertyUnits.as_view(), name="property-units"),
    path("properties/<slug:slug>/units/<slug:unit>/", OneUnit.as_view(), name="property-unit"),
    path("provider-blocks/", Blocks.as_view(), name="provider-blocks"),
    path("provider-blocks/<int:block_id>/", OneBlock.as_view(), name="provider-block"),
    path("rate-assignments/", Assignments.as_view(), name="assignments"),
    path("rate-assignments/<int:assignment_id>/", OneAssignment.as_view(), name="assignment"),
    path("statements/", Statements.as_view(), name="statements"),
    path("statements/<slug:host>/<str:currency>/<str:month>/", OneStatement.as_view(), name="statement"),
    path("statements/<slug:host>/<str:currency>/<str:month>/lines.csv", StatementCsv.as_view(), name="statement-csv"),
    path("statements/<slug:host>/<str:currency>/<str:month>/pages.pdf", StatementPdf.as_view(), name="statement-pdf"),
    path("rates/", Rates.as_view(), name="rates"),
    path("rates/<int:rate_id>/", OneRate.as_view(), name="rate"),
    path("rates/<int:rate_id>/rehearsal/", RateRehearsal.as_view(), name="rate-rehearsal"),
    path("rates/<int:rate_id>/versions/", Versions.as_view(), name="versions"),
    path("receivables/", Receivables.as_view(), name="receivables"),
    path("receipts/", Receipts.as_view(), name="receipts"),
    path("receipts/<int:receipt_id>/", OneReceipt.as_view(), name="receipt"),
    path("reimbursements/", Reimbursements.as_view(), name="reimbursements"),
    path("reimbursements/<int:contract_id>/", OneReimbursement.as_view(), name="reimbursement"),
    path("reimbursements/<int:contract_id>/end/", ReimbursementEnd.as_view(), name="reimbursement-end"),
    path("sessions/", Sessions.as_view(), name="sessions"),
    path("sessions/<uuid:session_id>/", OneSession.as_view(), name="session"),
    path("sessions/<uuid:session_id>/difference/", Difference.as_view(), name="session-difference"),
    path("sessions/<uuid:session_id>/refunds/", Refunds.as_view(), name="session-refunds"),
    path("sessions/<uuid:session_id>/review/", Review.as_view(), name="session-review"),
    path("sessions/<uuid:session_id>/waive/", Waiver.as_view(), name="session-waive"),
    path("stays/", Stays.as_view(), name="stays"),
    path("stays/<int:stay_id>/", OneStay.as_view(), name="stay"),
    path("stays/<int:stay_id>/end/", StayEnd.as_view(), name="stay-end"),
    path("token-groups/", Groups.as_view(), name="token-groups"),
    path("token-groups/<int:group_id>/", OneGroup.as_view(), name="token-group"),
    path("token-imports/", TokenImports.as_view(), name="token-imports"),
    path("token-imports/<int:import_id>/", OneTokenImport.as_view(), name="token-import"),
    path("token-imports/<int:import_id>/apply/", TokenImportApplied.as_view(), name="token-import-apply"),
    path("tokens/", Tokens.as_view(), name="tokens"),
    path("tokens/<int:token_id>/", OneToken.as_view(), name="token"),
    path("tokens/<int:token_id>/groups/<slug:slug>/", TokenLeaves.as_view(), name="token-leaves"),
    path("schema/", Schema.as_view(**_OPEN), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", **_OPEN), name="docs"),
    path("", Absent.as_view(), name="absent-root"),
    path("<path:rest>/", Absent.as_view(), name="absent"),
]
