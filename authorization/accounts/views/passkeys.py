"""Passkey forms that report malformed input as form errors; the toolkit's own forms raise KeyError."""

from typing import Any

from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError

_NOT_ACCEPTED = "This passkey was not accepted. Try again, or use your password."
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)


class AddForm(forms.AddWebAuthnForm):  # type: ignore[misc]
    """Adds a passkey; see W3C Web Authentication Level 2, section 7.1."""

    def clean(self) -> dict[str, Any]:
        try:
            form_data: dict[str, Any] = super().clean()
        except _MALFORMED as exc:
            raise ValidationError(_NOT_ACCEPTED) from exc
        return form_data


class _Checked:
    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError as exc:
            raise ValidationError(_NOT_ACCEPTED) if exc.code == "incorrect_code" else exc from exc
        except _MALFORMED as exc:
            raise ValidationError(_NOT_ACCEPTED) from exc


class UseForm(_Checked, forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """Uses a passkey after the password; section 7.2."""


class LoginForm(_Checked, forms.LoginWebAuthnForm):  # type: ignore[misc]
    """Uses a passkey instead of the password."""


class ConfirmForm(_Checked, forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Confirms the user before a change to how they log in."""
