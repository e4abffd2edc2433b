"""The tests that need no database, no Redis and no socket: `make test-pure`.

Each line is a folder or a module below tests/. Run as a program, this prints their paths for pytest.
"""

from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PURE = (
    "authorization/decide/reasons",
    "authorization/decide/rules",
    "authorization/decide/test_engine.py",
    "authorization/decide/test_reasons.py",
    "authorization/decide/test_what_if.py",
    "authorization/identifiers",
    "authorization/insight/test_flowchart.py",
    "authorization/insight/test_refusal_chart.py",
    "authorization/insight/test_refusal_error.py",
    "authorization/insight/test_shown.py",
    "authorization/people/test_roles.py",
    "authorization/people/test_request.py",
    "authorization/rest/test_bodies.py",
    "authorization/models/test_pms.py",
    "authorization/models/test_tokens.py",
    "authorization/rest/test_parsing.py",
    "authorization/rest/test_person.py",
    "authorization/pms/parsing",
    "authorization/pms/systems",
    "authorization/pms/test_failures.py",
    "authorization/roaming/test_ocpi_ids.py",
    "authorization/tokens/test_csv_file.py",
    "authorization/visits/test_phone_digits.py",
    "backoffice/metrics/test_tasks.py",
    "backoffice/portal/alerts/test_quiet_hours.py",
    "backoffice/site_file/test_entries.py",
    "backoffice/test_asgi.py",
    "backoffice/test_tls.py",
    "billing/payouts/bank_files",
    "billing/charts",
    "billing/payments/processors/test_declines.py",
    "billing/sessions/documents/test_tax_numbers.py",
    "billing/sessions/holds/test_hold_bounds.py",
    "billing/formatting",
    "billing/payouts/payees/test_requirements.py",
    "billing/proration",
    "billing/roaming/endpoints/test_addresses.py",
    "billing/roaming/publication/test_bodies.py",
    "billing/roaming/pushes/test_plan.py",
    "billing/roaming/tariffs/test_naming.py",
    "billing/roaming/versions/test_fields.py",
    "billing/roaming/versions/v211/test_locations.py",
    "billing/engine",
    "billing/sentences",
    "chargers/availability/test_uptime.py",
    "chargers/commands/forms",
    "chargers/commands/test_results.py",
    "chargers/commands/test_wording.py",
    "chargers/commands/test_schema_form.py",
    "chargers/commands/test_schedules.py",
    "chargers/formatting/test_day_columns.py",
    "chargers/formatting/test_words.py",
    "chargers/gateway/test_in_flight.py",
    "chargers/gateway/test_pace.py",
    "chargers/handshake/test_addresses.py",
    "chargers/handshake/test_request.py",
    "chargers/handshake/test_trusted_proxies.py",
    "chargers/jobs/test_plans.py",
    "chargers/journal/test_connection.py",
    "chargers/journal/test_flow_result.py",
    "chargers/jobs/test_waves.py",
    "chargers/lib/test_form_fields.py",
    "chargers/text/test_card_numbers.py",
    "chargers/lib/test_ids.py",
    "chargers/lib/test_images.py",
    "chargers/lib/test_moments.py",
    "chargers/lib/test_private_files.py",
    "chargers/lib/test_secrets.py",
    "chargers/lib/test_streams.py",
    "chargers/text/test_masking.py",
    "chargers/text/test_percentages.py",
    "chargers/text/test_reporting_periods.py",
    "chargers/text/test_spreadsheets.py",
    "chargers/listing/test_columns.py",
    "chargers/local_lists/test_list_plan.py",
    "chargers/models/test_hardware.py",
    "chargers/models/test_number_ranges.py",
    "chargers/models/test_power.py",
    "chargers/models/test_sentences.py",
    "chargers/models/test_wire.py",
    "chargers/pages/test_fields.py",
    "chargers/sentences",
    "chargers/power/test_allocation.py",
    "chargers/power/test_currents.py",
    "chargers/power/test_profiles.py",
    "chargers/protocol",
    "chargers/security/test_csr.py",
    "chargers/properties/test_countries.py",
    "chargers/proxy/test_parcels.py",
    "chargers/simulator/test_calendar.py",
    "chargers/simulator/test_emsp.py",
    "chargers/properties/test_opening_hours.py",
    "chargers/properties/test_site_map.py",
    "chargers/settings/test_own_decision_settings.py",
    "chargers/settings/test_setting_conflicts.py",
    "chargers/upstreams/test_plan.py",
    "chargers/upstreams/test_roles.py",
    "chargers/upstreams/test_translation.py",
    "support/admin_site/test_menu.py",
    "support/asking/test_files.py",
    "support/assistant/test_aspects.py",
    "support/assistant/test_dialogue.py",
    "support/assistant/test_languages.py",
    "support/assistant/test_mentions.py",
    "support/assistant/test_model_choice.py",
    "support/assistant/test_phrases.py",
    "support/assistant/test_symptoms.py",
    "support/context/test_opening.py",
    "support/desk/admin/tools/test_tool.py",
    "support/desk/admin/tools/test_typed.py",
    "support/diagnosis/test_signs.py",
    "support/incidents/test_patterns.py",
    "support/knowledge/test_article_files.py",
    "support/knowledge/test_markdown.py",
    "support/knowledge/test_trigrams.py",
    "support/mailbox/test_parsing.py",
    "support/models/test_incidents.py",
    "support/models/test_knowledge.py",
    "support/tickets/test_service_levels.py",
    "support/topics",
)
_DATABASE = frozenset({"db", "transactional_db", "django_db_reset_sequences", "live_server"})


@cache
@cache
def is_pure(path: Path) -> bool:
    return any(path == TESTS / one or TESTS / one in path.parents for one in PURE)


def wants_database(item: pytest.Item) -> bool:
    """Whether it says so itself, or takes a fixture that does."""
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not _DATABASE.isdisjoint(fixtures)


if __name__ == "__main__":
    print(*(f"tests/{one}" for one in PURE))
