"""The one spelling of a charging card's number, and the checks of fields that hold one."""
