"""A form shared by several pages."""

from django import forms


class ReasonForm(forms.Form):
    """The reason for a change."""

    reason = forms.CharField(max_length=255, label="Why")
