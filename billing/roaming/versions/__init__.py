"""The versions of OCPI that we speak, a folder for each, with a `VERSION` that declares its differences from the stored
form.
"""
