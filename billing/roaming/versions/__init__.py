"""The versions of OCPI that we speak, a folder for each, whose `VERSION` says how it differs from what is stored."""
