"""Forms that several pages show."""

from django import forms


class ReasonForm(forms.Form):
    """Why a flag changes."""

    reason = forms.CharField(max_length=255, label="Why")
