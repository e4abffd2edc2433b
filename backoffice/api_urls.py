"""URLs of the REST API, under /api/v1/."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from authorization.insight.api import Decide, DecisionDetail, Decisions
from authorization.members.api.people import Grants, Members
from authorization.members.api.saved_views import ListPreferences, SavedViewDetail, SavedViews
from authorization.pms.api import (
    PmsConnectionDetail,
    PmsConnections,
    PmsListingDetail,
    PmsListings,
    PmsPause,
    PmsResume,
    PmsSync,
    PropertyStayHours,
)
from authorization.rest.base import Absent
from authorization.rest.openapi import Schema
from authorization.roaming.api import BlockDetail, Blocks, ProviderResync
from authorization.tokens.api.groups import GroupDetail, Groups
from authorization.tokens.api.imports import TokenExport, TokenImportApplication, TokenImportDetail, TokenImports
from authorization.tokens.api.tokens import TokenDetail, TokenLeaves, Tokens
from authorization.tokens.api.vehicles import (
    VehicleActivation,
    VehicleDetail,
    VehiclePayer,
    Vehicles,
    VehicleSuspension,
)
from authorization.visits.api.access_requests import (
    AccessRequestDecline,
    AccessRequestGrant,
    AccessRequests,
    AccessRequestWithdrawal,
)
from authorization.visits.api.reimbursements import (
    ReimbursementChargers,
    ReimbursementDetail,
    ReimbursementEnd,
    Reimbursements,
)
from authorization.visits.api.stays import StayCard, StayDetail, StayEnd, StayPhoneDetail, StayPhones, Stays
from backoffice.portal.alerts.api import AlertRuleDetail, AlertRules, Alerts, ReportScheduleDetail, ReportSchedules
from backoffice.portal.attention.api import Attention, AttentionAssign, AttentionSnooze, AttentionWake
from backoffice.portal.hosts.api import (
    HostBranding,
    HostDetail,
    HostOnboarding,
    Hosts,
    HostSeller,
    PropertyHolds,
    StatementMails,
)
from backoffice.portal.search.api import Search
from billing.payments.webhooks.api import (
    WebhookActivation,
    WebhookDeactivation,
    WebhookDeliveries,
    WebhookEndpointDetail,
    WebhookEndpoints,
    WebhookRedelivery,
    WebhookSecret,
    WebhookTest,
)
from billing.payouts.bank_lines.api.bank_lines import (
    BankImportAnswer,
    BankImports,
    BankLineAnswer,
    BankLineDetail,
    BankLineMatch,
    BankLinePost,
    BankLines,
    BankLineUndo,
)
from billing.payouts.bank_lines.api.book_differences import BookDifferences
from billing.payouts.cycle.api import PayoutDetail, PayoutForecast, PayoutHold, PayoutReissue, Payouts
from billing.payouts.payees.api.agreements import AgreementDetail, Agreements
from billing.payouts.payees.api.bank_accounts import (
    BankAccountConfirmation,
    BankAccounts,
    BankAccountWithdrawal,
    Onboarding,
)
from billing.payouts.statements.api import StatementCsv, StatementDetail, StatementPdf, Statements
from billing.pricing.rates.api.applied_rate import ResolvedRate
from billing.pricing.rates.api.assignments import AssignmentDetail, Assignments
from billing.pricing.rates.api.grid import RateGrid
from billing.pricing.rates.api.rates import RateDetail, Rates, Versions, VersionWithdrawal
from billing.pricing.rehearsals.api import RateRehearsal
from billing.pricing.taxes.api import PropertyTaxes
from billing.sessions.arrivals.api import HostArrivals, HostArrivalText, StayMessages
from billing.sessions.documents.api.labels import ChargerLabels, LabelSheet
from billing.sessions.drivers.api import ClaimCode
from billing.sessions.folios.api import SessionFolio, SessionFolioRetry, SessionFolioUndo
from billing.sessions.home.api import HomeInvoiceDetail, HomeInvoicePayment, HomeInvoices, HomePayoutPayment
from billing.sessions.join_codes.api import JoinAnswer, JoinCodeDetail, JoinCodes, JoinCodeStop, Joins
from billing.sessions.offers.api import HostRefundOfferTerms, RefundOfferDismiss, RefundOfferGive, RefundOffers
from billing.sessions.plans.api import PlanDetail, PlanRetirement, Plans, PlanVersions, Subscribers
from billing.sessions.processor_reports.api import (
    DisputeAnswer,
    Disputes,
    MovementAnswer,
    Movements,
    PlanRefundAgain,
    PlanRefundOtherwise,
    PlanRefunds,
    Receivables,
    ReceivableWriteOff,
)
from billing.sessions.refunds.api.complaints import ComplaintAnswer, ComplaintDetail, Complaints
from billing.sessions.refunds.api.refunds import RefundAgain, RefundDecline, RefundDetail, RefundOtherwise, Refunds
from billing.sessions.settlement.api.differences import Difference
from billing.sessions.settlement.api.receipts import ReceiptDetail, Receipts
from billing.sessions.settlement.api.reviews import Review
from billing.sessions.settlement.api.sessions import SessionDetail, Sessions, Waiver
from billing.sessions.stays.api import PropertyStayTerms
from chargers.api.chargers import ChargerDetail, Chargers
from chargers.api.commands import CommandDetail, Commands, Starts
from chargers.api.expected_settings import ExpectedSettingDetail, ExpectedSettings, KnownSettings, SettingDrift
from chargers.api.fleet import ChargerLicence, ChargerRetirement, ChargerSetup
from chargers.api.hardware import ChargerHardware
from chargers.api.jobs import JobCancel, JobDetail, JobItems, JobResume, JobRetry, Jobs, SettingTemplates
from chargers.api.local_lists import CacheClearing, LocalListDetail, LocalListPush, PropertyLocalLists
from chargers.api.maintenance import MaintenanceEnd, PropertyMaintenance
from chargers.api.messages import MessageDetail, Messages
from chargers.api.pictures import PictureDetail, PictureOrder, Pictures
from chargers.api.power import PropertyPower
from chargers.api.properties import Properties, PropertyClosing, PropertyDetail, PropertyUnits, UnitDetail
from chargers.api.recovery import ChargerLadder, ChargerRecoveries, PropertyLadder
from chargers.api.security import (
    CertificateRenewal,
    CertificateRevocation,
    Certificates,
    Password,
    Registration,
    Security,
)
from chargers.api.tags import ChargerTags, TagAddition, TagDetail, TagRemoval, Tags
from chargers.api.upstreams import (
    Proxy,
    UpstreamCommands,
    UpstreamDetail,
    UpstreamLeader,
    UpstreamPause,
    UpstreamTest,
)
from chargers.api.uptime import ChargerUptime, OutageExclusions, OutageExclusionWithdrawal
from support.asking.api import TicketDetail, TicketMessages, Tickets, TicketSatisfaction
from support.diagnosis.api import ChargerDiagnosis, ChargerSignAnswer, SessionDiagnosis, SessionSignAnswer
from support.explain.api import ChargerTimeline, SessionTimeline, TimelineSharing
from support.incidents.api import HostStatusPage
from support.knowledge.api import ArticleDetail, Articles

app_name = "api"
_OPEN: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}
urlpatterns: list[URLPattern] = [
    path("chargers/", Chargers.as_view(), name="chargers"),
    path("chargers/<str:charger_id>/", ChargerDetail.as_view(), name="charger"),
    path("chargers/<str:charger_id>/commands/", Commands.as_view(), name="commands"),
    path("chargers/<str:charger_id>/decide/", Decide.as_view(), name="decide"),
    path("chargers/<str:charger_id>/diagnosis/", ChargerDiagnosis.as_view(), name="charger-diagnosis"),
    path("chargers/<str:charger_id>/diagnosis/answer/", ChargerSignAnswer.as_view(), name="charger-sign-answer"),
    path("chargers/<str:charger_id>/hardware/", ChargerHardware.as_view(), name="charger-hardware"),
    path("chargers/<str:charger_id>/local-list/", LocalListDetail.as_view(), name="local-list"),
    path("chargers/<str:charger_id>/messages/", Messages.as_view(), name="messages"),
    path("chargers/<str:charger_id>/messages/<uuid:message_id>/", MessageDetail.as_view(), name="message"),
    path("chargers/<str:charger_id>/password/", Password.as_view(), name="charger-password"),
    path("chargers/<str:charger_id>/rate/", ResolvedRate.as_view(), name="resolved-rate"),
    path("chargers/<str:charger_id>/registration/", Registration.as_view(), name="charger-registration"),
    path("chargers/<str:charger_id>/security/", Security.as_view(), name="charger-security"),
    path("chargers/<str:charger_id>/starts/", Starts.as_view(), name="starts"),
    path("chargers/<str:charger_id>/tags/", ChargerTags.as_view(), name="charger-tags"),
    path("jobs/", Jobs.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>/", JobDetail.as_view(), name="job"),
    path("jobs/<uuid:job_id>/items/", JobItems.as_view(), name="job-items"),
    path("jobs/<uuid:job_id>/cancel/", JobCancel.as_view(), name="job-cancel"),
    path("jobs/<uuid:job_id>/resume/", JobResume.as_view(), name="job-resume"),
    path("jobs/<uuid:job_id>/retry/", JobRetry.as_view(), name="job-retry"),
    path("tags/", Tags.as_view(), name="tags"),
    path("tags/<int:pk>/", TagDetail.as_view(), name="tag"),
    path("chargers/<str:charger_id>/uptime/", ChargerUptime.as_view(), name="charger-uptime"),
    path("chargers/<str:charger_id>/outage-exclusions/", OutageExclusions.as_view(), name="outage-exclusions"),
    path(
        "chargers/<str:charger_id>/outage-exclusions/<int:exclusion_id>/withdraw/",
        OutageExclusionWithdrawal.as_view(),
        name="outage-exclusion-withdraw",
    ),
    path("chargers/<str:charger_id>/certificates/", Certificates.as_view(), name="certificates"),
    path("chargers/<str:charger_id>/certificates/renew/", CertificateRenewal.as_view(), name="certificate-renew"),
    path(
        "chargers/<str:charger_id>/certificates/<int:certificate_id>/revoke/",
        CertificateRevocation.as_view(),
        name="certificate-revoke",
    ),
    path("chargers/<str:charger_id>/licence/", ChargerLicence.as_view(), name="charger-licence"),
    path("chargers/<str:charger_id>/local-list/push/", LocalListPush.as_view(), name="local-list-push"),
    path("chargers/<str:charger_id>/local-list/clear-cache/", CacheClearing.as_view(), name="cache-clear"),
    path("chargers/<str:charger_id>/retirement/", ChargerRetirement.as_view(), name="charger-retirement"),
    path("chargers/<str:charger_id>/set-up/", ChargerSetup.as_view(), name="charger-set-up"),
    path("chargers/<str:charger_id>/proxy/", Proxy.as_view(), name="proxy"),
    path("chargers/<str:charger_id>/proxy/<int:upstream_id>/", UpstreamDetail.as_view(), name="upstream"),
    path(
        "chargers/<str:charger_id>/proxy/<int:upstream_id>/commands/",
        UpstreamCommands.as_view(),
        name="upstream-commands",
    ),
    path("chargers/<str:charger_id>/proxy/<int:upstream_id>/leader/", UpstreamLeader.as_view(), name="upstream-leader"),
    path("chargers/<str:charger_id>/proxy/<int:upstream_id>/pause/", UpstreamPause.as_view(), name="upstream-pause"),
    path("chargers/<str:charger_id>/proxy/<int:upstream_id>/test/", UpstreamTest.as_view(), name="upstream-test"),
    path("settings/", KnownSettings.as_view(), name="settings"),
    path("settings/drift/", SettingDrift.as_view(), name="setting-drift"),
    path("setting-templates/", SettingTemplates.as_view(), name="setting-templates"),
    path("properties/<slug:slug>/expected-settings/", ExpectedSettings.as_view(), name="expected-settings"),
    path(
        "properties/<slug:slug>/expected-settings/<str:key>/", ExpectedSettingDetail.as_view(), name="expected-setting"
    ),
    path("properties/<slug:slug>/local-lists/", PropertyLocalLists.as_view(), name="property-local-lists"),
    path("properties/<slug:slug>/pictures/", Pictures.as_view(), name="property-pictures"),
    path("properties/<slug:slug>/pictures/order/", PictureOrder.as_view(), name="property-picture-order"),
    path("properties/<slug:slug>/pictures/<str:picture_id>/", PictureDetail.as_view(), name="property-picture"),
    path("properties/<slug:slug>/ladder/", PropertyLadder.as_view(), name="property-ladder"),
    path("chargers/<str:charger_id>/ladder/", ChargerLadder.as_view(), name="charger-ladder"),
    path("chargers/<str:charger_id>/recoveries/", ChargerRecoveries.as_view(), name="charger-recoveries"),
    path("properties/<slug:slug>/maintenance/", PropertyMaintenance.as_view(), name="property-maintenance"),
    path(
        "properties/<slug:slug>/maintenance/<int:maintenance_id>/end/",
        MaintenanceEnd.as_view(),
        name="property-maintenance-end",
    ),
    path("properties/<slug:slug>/power/", PropertyPower.as_view(), name="property-power"),
    path("tags/put-on/", TagAddition.as_view(), name="tags-put-on"),
    path("tags/take-off/", TagRemoval.as_view(), name="tags-take-off"),
    path("commands/<uuid:command_id>/", CommandDetail.as_view(), name="command"),
    path("refund-offers/", RefundOffers.as_view(), name="refund-offers"),
    path("refund-offers/<int:offer_id>/give/", RefundOfferGive.as_view(), name="refund-offer-give"),
    path("refund-offers/<int:offer_id>/dismiss/", RefundOfferDismiss.as_view(), name="refund-offer-dismiss"),
    path("hosts/<slug:host>/refund-offer-terms/", HostRefundOfferTerms.as_view(), name="refund-offer-terms"),
    path("complaints/", Complaints.as_view(), name="complaints"),
    path("complaints/<int:complaint_id>/", ComplaintDetail.as_view(), name="complaint"),
    path("complaints/<int:complaint_id>/answer/", ComplaintAnswer.as_view(), name="complaint-answer"),
    path("decisions/", Decisions.as_view(), name="decisions"),
    path("decisions/<uuid:decision_id>/", DecisionDetail.as_view(), name="decision"),
    path("disputes/", Disputes.as_view(), name="disputes"),
    path("grants/", Grants.as_view(), name="grants"),
    path("home-invoices/", HomeInvoices.as_view(), name="home-invoices"),
    path("home-invoices/<int:invoice_id>/", HomeInvoiceDetail.as_view(), name="home-invoice"),
    path("home-invoices/<int:invoice_id>/paid/", HomeInvoicePayment.as_view(), name="home-invoice-paid"),
    path("home-payouts/<int:payout_id>/paid/", HomePayoutPayment.as_view(), name="home-payout-paid"),
    path("webhook-endpoints/", WebhookEndpoints.as_view(), name="webhook-endpoints"),
    path("webhook-endpoints/<int:endpoint_id>/", WebhookEndpointDetail.as_view(), name="webhook-endpoint"),
    path("webhook-deliveries/", WebhookDeliveries.as_view(), name="webhook-deliveries"),
    path("join-codes/", JoinCodes.as_view(), name="join-codes"),
    path("join-codes/<int:pk>/", JoinCodeDetail.as_view(), name="join-code"),
    path("join-codes/<int:pk>/stop/", JoinCodeStop.as_view(), name="join-code-stop"),
    path("joins/", Joins.as_view(), name="joins"),
    path("joins/<int:pk>/answer/", JoinAnswer.as_view(), name="join-answer"),
    path("members/", Members.as_view(), name="members"),
    path("search/", Search.as_view(), name="search"),
    path("alert-rules/", AlertRules.as_view(), name="alert-rules"),
    path("alert-rules/<int:rule_id>/", AlertRuleDetail.as_view(), name="alert-rule"),
    path("report-schedules/", ReportSchedules.as_view(), name="report-schedules"),
    path("report-schedules/<int:schedule_id>/", ReportScheduleDetail.as_view(), name="report-schedule"),
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
    path("bank-lines/<int:line_id>/", BankLineDetail.as_view(), name="bank-line"),
    path("bank-lines/<int:line_id>/answer/", BankLineAnswer.as_view(), name="bank-line-answer"),
    path("bank-lines/<int:line_id>/match/", BankLineMatch.as_view(), name="bank-line-match"),
    path("bank-lines/<int:line_id>/post/", BankLinePost.as_view(), name="bank-line-post"),
    path("bank-lines/<int:line_id>/undo/", BankLineUndo.as_view(), name="bank-line-undo"),
    path("differences/", BookDifferences.as_view(), name="differences"),
    path("payout-agreements/", Agreements.as_view(), name="payout-agreements"),
    path("payout-agreements/<int:agreement_id>/", AgreementDetail.as_view(), name="payout-agreement"),
    path("payouts/onboarding/", Onboarding.as_view(), name="payout-onboarding"),
    path("payouts/", Payouts.as_view(), name="payouts"),
    path("payouts/forecast/", PayoutForecast.as_view(), name="payout-forecast"),
    path("payouts/<uuid:payout_id>/", PayoutDetail.as_view(), name="payout"),
    path("payouts/<uuid:payout_id>/reissue/", PayoutReissue.as_view(), name="payout-reissue"),
    path("plans/", Plans.as_view(), name="plans"),
    path("plans/<int:plan_id>/", PlanDetail.as_view(), name="plan"),
    path("plans/<int:plan_id>/retire/", PlanRetirement.as_view(), name="plan-retire"),
    path("plans/<int:plan_id>/subscribers/", Subscribers.as_view(), name="plan-subscribers"),
    path("plans/<int:plan_id>/versions/", PlanVersions.as_view(), name="plan-versions"),
    path("properties/", Properties.as_view(), name="properties"),
    path("properties/<slug:slug>/", PropertyDetail.as_view(), name="property"),
    path("properties/<slug:slug>/closing/", PropertyClosing.as_view(), name="property-closing"),
    path("properties/<slug:slug>/units/", PropertyUnits.as_view(), name="property-units"),
    path("properties/<slug:slug>/units/<slug:unit>/", UnitDetail.as_view(), name="property-unit"),
    path("properties/<slug:slug>/stay-hours/", PropertyStayHours.as_view(), name="property-stay-hours"),
    path("pms-connections/", PmsConnections.as_view(), name="pms-connections"),
    path("pms-connections/<slug:pms_key>/", PmsConnectionDetail.as_view(), name="pms-connection"),
    path("pms-connections/<slug:pms_key>/pause/", PmsPause.as_view(), name="pms-pause"),
    path("pms-connections/<slug:pms_key>/resume/", PmsResume.as_view(), name="pms-resume"),
    path("pms-connections/<slug:pms_key>/sync/", PmsSync.as_view(), name="pms-sync"),
    path("pms-listings/", PmsListings.as_view(), name="pms-listings"),
    path("pms-listings/<int:listing_id>/", PmsListingDetail.as_view(), name="pms-listing"),
    path("provider-blocks/", Blocks.as_view(), name="provider-blocks"),
    path("provider-blocks/<int:block_id>/", BlockDetail.as_view(), name="provider-block"),
    path("rate-assignments/", Assignments.as_view(), name="assignments"),
    path("rate-assignments/<int:assignment_id>/", AssignmentDetail.as_view(), name="assignment"),
    path("statements/", Statements.as_view(), name="statements"),
    path("statements/<slug:host>/<str:currency>/<str:month>/", StatementDetail.as_view(), name="statement"),
    path("statements/<slug:host>/<str:currency>/<str:month>/lines.csv", StatementCsv.as_view(), name="statement-csv"),
    path("statements/<slug:host>/<str:currency>/<str:month>/pages.pdf", StatementPdf.as_view(), name="statement-pdf"),
    path("rates/", Rates.as_view(), name="rates"),
    path("rates/<int:rate_id>/", RateDetail.as_view(), name="rate"),
    path("rates/<int:rate_id>/rehearsal/", RateRehearsal.as_view(), name="rate-rehearsal"),
    path("rates/<int:rate_id>/versions/", Versions.as_view(), name="versions"),
    path("receivables/", Receivables.as_view(), name="receivables"),
    path("receipts/", Receipts.as_view(), name="receipts"),
    path("receipts/<int:receipt_id>/", ReceiptDetail.as_view(), name="receipt"),
    path("reimbursements/", Reimbursements.as_view(), name="reimbursements"),
    path("reimbursements/<int:contract_id>/", ReimbursementDetail.as_view(), name="reimbursement"),
    path("reimbursements/<int:contract_id>/end/", ReimbursementEnd.as_view(), name="reimbursement-end"),
    path("sessions/", Sessions.as_view(), name="sessions"),
    path("sessions/<uuid:session_id>/", SessionDetail.as_view(), name="session"),
    path("sessions/<uuid:session_id>/folio/", SessionFolio.as_view(), name="session-folio"),
    path("sessions/<uuid:session_id>/folio/retry/", SessionFolioRetry.as_view(), name="session-folio-retry"),
    path("sessions/<uuid:session_id>/folio/undo/", SessionFolioUndo.as_view(), name="session-folio-undo"),
    path("sessions/<uuid:session_id>/difference/", Difference.as_view(), name="session-difference"),
    path("sessions/<uuid:session_id>/refunds/", Refunds.as_view(), name="session-refunds"),
    path("sessions/<uuid:session_id>/review/", Review.as_view(), name="session-review"),
    path("sessions/<uuid:session_id>/waive/", Waiver.as_view(), name="session-waive"),
    path("stays/", Stays.as_view(), name="stays"),
    path("stays/<int:stay_id>/", StayDetail.as_view(), name="stay"),
    path("stays/<int:stay_id>/card/", StayCard.as_view(), name="stay-card"),
    path("stays/<int:stay_id>/messages/", StayMessages.as_view(), name="stay-messages"),
    path("stays/<int:stay_id>/phones/", StayPhones.as_view(), name="stay-phones"),
    path("stays/<int:stay_id>/phones/<int:phone_id>/", StayPhoneDetail.as_view(), name="stay-phone"),
    path("stays/<int:stay_id>/end/", StayEnd.as_view(), name="stay-end"),
    path("token-groups/", Groups.as_view(), name="token-groups"),
    path("token-groups/<int:group_id>/", GroupDetail.as_view(), name="token-group"),
    path("token-imports/", TokenImports.as_view(), name="token-imports"),
    path("token-imports/<int:import_id>/", TokenImportDetail.as_view(), name="token-import"),
    path("token-imports/<int:import_id>/apply/", TokenImportApplication.as_view(), name="token-import-apply"),
    path("tokens/", Tokens.as_view(), name="tokens"),
    path("tokens/<int:token_id>/", TokenDetail.as_view(), name="token"),
    path("tokens/<int:token_id>/groups/<slug:slug>/", TokenLeaves.as_view(), name="token-leaves"),
    path("access-requests/", AccessRequests.as_view(), name="access-requests"),
    path("access-requests/<int:request_id>/grant/", AccessRequestGrant.as_view(), name="access-request-grant"),
    path("access-requests/<int:request_id>/decline/", AccessRequestDecline.as_view(), name="access-request-decline"),
    path(
        "access-requests/<int:request_id>/withdraw/", AccessRequestWithdrawal.as_view(), name="access-request-withdraw"
    ),
    path("providers/<str:provider>/resync/", ProviderResync.as_view(), name="provider-resync"),
    path("tokens/export.csv", TokenExport.as_view(), name="token-export"),
    path("tokens/<int:token_id>/claim-code/", ClaimCode.as_view(), name="claim-code"),
    path("reimbursements/<int:contract_id>/chargers/", ReimbursementChargers.as_view(), name="reimbursement-chargers"),
    path("saved-views/", SavedViews.as_view(), name="saved-views"),
    path("saved-views/preferences/", ListPreferences.as_view(), name="list-preferences"),
    path("saved-views/<int:view_id>/", SavedViewDetail.as_view(), name="saved-view"),
    path("vehicles/", Vehicles.as_view(), name="vehicles"),
    path("vehicles/<int:vehicle_id>/", VehicleDetail.as_view(), name="vehicle"),
    path("vehicles/<int:vehicle_id>/enable/", VehicleActivation.as_view(), name="vehicle-enable"),
    path("vehicles/<int:vehicle_id>/payer/", VehiclePayer.as_view(), name="vehicle-payer"),
    path("vehicles/<int:vehicle_id>/suspend/", VehicleSuspension.as_view(), name="vehicle-suspend"),
    path("hosts/", Hosts.as_view(), name="hosts"),
    path("hosts/<slug:host>/", HostDetail.as_view(), name="host"),
    path("hosts/<slug:host>/branding/", HostBranding.as_view(), name="host-branding"),
    path("hosts/<slug:host>/onboarding/", HostOnboarding.as_view(), name="host-onboarding"),
    path("hosts/<slug:host>/status-page/", HostStatusPage.as_view(), name="host-status-page"),
    path("hosts/<slug:host>/stay-messages/", HostArrivals.as_view(), name="host-stay-messages"),
    path(
        "hosts/<slug:host>/stay-message-texts/<str:language>/", HostArrivalText.as_view(), name="host-stay-message-text"
    ),
    path("hosts/<slug:host>/seller/", HostSeller.as_view(), name="host-seller"),
    path("hosts/<slug:host>/statement-mails/", StatementMails.as_view(), name="statement-mails"),
    path("labels/", LabelSheet.as_view(), name="label-sheet"),
    path("chargers/<str:charger_id>/labels.pdf", ChargerLabels.as_view(), name="charger-labels"),
    path("chargers/<str:charger_id>/timeline/", ChargerTimeline.as_view(), name="charger-timeline"),
    path("chargers/<str:charger_id>/timeline/share/", TimelineSharing.as_view(), name="timeline-share"),
    path("sessions/<uuid:session_id>/diagnosis/", SessionDiagnosis.as_view(), name="session-diagnosis"),
    path("sessions/<uuid:session_id>/diagnosis/answer/", SessionSignAnswer.as_view(), name="session-sign-answer"),
    path("sessions/<uuid:session_id>/timeline/", SessionTimeline.as_view(), name="session-timeline"),
    path("properties/<slug:slug>/stay-terms/", PropertyStayTerms.as_view(), name="property-stay-terms"),
    path("properties/<slug:slug>/holds/", PropertyHolds.as_view(), name="property-holds"),
    path("properties/<slug:slug>/tax/", PropertyTaxes.as_view(), name="property-tax"),
    path("rate-grid/", RateGrid.as_view(), name="rate-grid"),
    path("rates/<int:rate_id>/versions/<int:number>/withdraw/", VersionWithdrawal.as_view(), name="version-withdraw"),
    path("refunds/<uuid:refund_id>/", RefundDetail.as_view(), name="refund"),
    path("refunds/<uuid:refund_id>/decline/", RefundDecline.as_view(), name="refund-decline"),
    path("refunds/<uuid:refund_id>/send-again/", RefundAgain.as_view(), name="refund-again"),
    path("refunds/<uuid:refund_id>/given-otherwise/", RefundOtherwise.as_view(), name="refund-otherwise"),
    path("payouts/<uuid:payout_id>/hold/", PayoutHold.as_view(), name="payout-hold"),
    path("webhook-endpoints/<int:endpoint_id>/disable/", WebhookDeactivation.as_view(), name="webhook-disable"),
    path("webhook-endpoints/<int:endpoint_id>/enable/", WebhookActivation.as_view(), name="webhook-enable"),
    path("webhook-endpoints/<int:endpoint_id>/secret/", WebhookSecret.as_view(), name="webhook-secret"),
    path("webhook-endpoints/<int:endpoint_id>/test/", WebhookTest.as_view(), name="webhook-test"),
    path("webhook-deliveries/<int:delivery_id>/send-again/", WebhookRedelivery.as_view(), name="webhook-redelivery"),
    path("articles/", Articles.as_view(), name="articles"),
    path("articles/<int:article_id>/", ArticleDetail.as_view(), name="article"),
    path("tickets/", Tickets.as_view(), name="tickets"),
    path("tickets/<int:ticket_id>/", TicketDetail.as_view(), name="ticket"),
    path("tickets/<int:ticket_id>/messages/", TicketMessages.as_view(), name="ticket-messages"),
    path("tickets/<int:ticket_id>/satisfaction/", TicketSatisfaction.as_view(), name="ticket-satisfaction"),
    path("bank-imports/<int:import_id>/answer/", BankImportAnswer.as_view(), name="bank-import-answer"),
    path("disputes/<int:dispute_id>/answer/", DisputeAnswer.as_view(), name="dispute-answer"),
    path("receivables/<int:receivable_id>/give-up/", ReceivableWriteOff.as_view(), name="receivable-give-up"),
    path("movements/", Movements.as_view(), name="movements"),
    path("movements/<int:movement_id>/answer/", MovementAnswer.as_view(), name="movement-answer"),
    path("plan-refunds/", PlanRefunds.as_view(), name="plan-refunds"),
    path("plan-refunds/<int:refund_id>/send-again/", PlanRefundAgain.as_view(), name="plan-refund-again"),
    path("plan-refunds/<int:refund_id>/given-otherwise/", PlanRefundOtherwise.as_view(), name="plan-refund-otherwise"),
    path("schema/", Schema.as_view(**_OPEN), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", **_OPEN), name="docs"),
    path("", Absent.as_view(), name="absent-root"),
    path("<path:rest>/", Absent.as_view(), name="absent"),
]
