"""The migrations of development, which the first release took together: a database that has all of them has these."""

_NAMES = (
    "0001_initial",
    "0002_audit_only_grows",
    "0003_audit_entries_left",
    "0004_tickets",
    "0005_links_to_timelines",
    "0006_first_macros",
    "0007_conversations",
    "0008_articles",
    "0009_incidents",
    "0010_tool_uses",
    "0011_tickets_of_the_ladder",
    "0012_proof_of_identity",
    "0013_ticket_search",
    "0014_ticket_search_filled",
    "0015_signs_and_incident_notes",
    "0016_mails_set_aside",
    "0017_diagnosis_of_the_opening",
)
BEFORE_RELEASE = [("support", name) for name in _NAMES]
