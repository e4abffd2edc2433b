"""The canonical spelling of charging card numbers, and validators for fields that hold one."""
