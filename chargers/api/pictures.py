"""The REST API about pictures of a property: add, describe, arrange, remove."""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from chargers.acts import properties as acts
from chargers.lib.images import ImageError
from chargers.models import Property, PropertyPicture
from chargers.properties import pictures


class PictureSerializer(serializers.ModelSerializer[PropertyPicture]):
    """A picture as guests see it: a JPEG that we encoded."""

    id = serializers.CharField(source="hash", read_only=True)
    alt = serializers.CharField(source="caption", read_only=True, help_text="Empty: the name of the property.")
    url = serializers.SerializerMethodField()

    class Meta:
        model = PropertyPicture
        fields = ["id", "alt", "width", "height", "url", "added_at"]
        read_only_fields = fields

    def get_url(self, picture: PropertyPicture) -> str:
        return settings.PUBLIC_BASE_URL + reverse("chargers:picture", args=[picture.hash])


class PicturesSerializer(serializers.Serializer[Any]):
    """Pictures in the order in which guests see them."""

    results = PictureSerializer(many=True)


class NewPictureSerializer(Body):
    """A PNG, JPEG or WebP of at most 10 MB."""

    content = serializers.CharField(help_text="The file in base64.")
    alt = serializers.CharField(
        max_length=120, allow_blank=True, default="", validators=[require_storable], help_text="What it shows."
    )


class PictureAltSerializer(Body):
    """The description of the picture for people who cannot see it."""

    alt = serializers.CharField(max_length=120, allow_blank=True, validators=[require_storable])


class PictureOrderSerializer(Body):
    """All pictures of the property, by id."""

    ids = serializers.ListField(
        child=serializers.CharField(max_length=32, validators=[require_storable]), max_length=100
    )


class Pictures(ApiView):
    """The pictures of a property."""

    @extend_schema(responses=PicturesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return _render_pictures(self.seen_place(request, slug))

    @extend_schema(request=NewPictureSerializer, responses={201: PictureSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Adds a picture. Location and camera data are removed; the same picture again only changes its description."""
        property_ = self.managed_place(request, slug)
        fields = parse_request(NewPictureSerializer, request)
        try:
            content = base64.b64decode(fields["content"], validate=True)
        except (binascii.Error, ValueError) as exc:
            raise ValidationError({"content": "This is no base64."}) from exc
        try:
            read = pictures.read(content)
            added_picture = acts.add_picture(property_, read, caption=fields["alt"], by=self.key(request), now=now())
        except ImageError as exc:
            raise ValidationError({"content": str(exc)}) from exc
        return Response(PictureSerializer(added_picture).data, status=status.HTTP_201_CREATED)


class PictureOrder(ApiView):
    """The order of the pictures."""

    @extend_schema(request=PictureOrderSerializer, responses=PicturesSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Sets the order; lists each picture once."""
        property_ = self.managed_place(request, slug)
        try:
            acts.arrange_pictures(
                property_, **parse_request(PictureOrderSerializer, request), by=self.key(request), now=now()
            )
        except ImageError as exc:
            raise ValidationError({"ids": str(exc)}) from exc
        return _render_pictures(property_)


class PictureDetail(ApiView):
    """One picture."""

    @extend_schema(request=PictureAltSerializer, responses=PictureSerializer)
    def patch(self, request: Request, slug: str, picture_id: str) -> Response:
        """Changes the description."""
        picture = self._picture(request, slug, picture_id)
        acts.describe_picture(
            picture, caption=parse_request(PictureAltSerializer, request)["alt"], by=self.key(request), now=now()
        )
        return Response(PictureSerializer(picture).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, picture_id: str) -> Response:
        """Removes the picture, so that guests no longer see it."""
        acts.remove_picture(self._picture(request, slug, picture_id), by=self.key(request), now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _picture(self, request: Request, slug: str, picture_id: str) -> PropertyPicture:
        rows = PropertyPicture.objects.filter(property=self.managed_place(request, slug))
        return find_or_404(rows.select_related("property__host"), hash=picture_id)


def _render_pictures(property_: Property) -> Response:
    return Response({"results": PictureSerializer(pictures.list_in_order(property_), many=True).data})
