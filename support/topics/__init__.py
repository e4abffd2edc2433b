"""The topics of support, one folder each: required details, checks and steps. Pure; no tickets and no people."""
