"""The migrations of development, which the first release took together: a database that has all of them has these."""

_NAMES = (
    "0001_initial",
    "0002_access_requests",
    "0003_live_validation",
    "0004_provider_blocks",
    "0005_token_imports",
    "0006_people_and_reimbursement",
    "0007_vehicles",
    "0008_opinions",
    "0009_written_imports",
    "0010_resync",
    "0011_drivers_stay_outside",
    "0012_api_requests",
    "0013_api_key_made_by",
    "0014_confirmed_addresses",
    "0015_enrolment_links",
    "0016_audit_entries",
    "0017_saved_views",
    "0018_company_logins",
    "0019_agent_levels",
    "0020_data_grants",
    "0021_property_systems",
    "0022_second_person",
    "0023_service_fee_of_home_charging",
)
BEFORE_RELEASE = [("authorization", name) for name in _NAMES]
