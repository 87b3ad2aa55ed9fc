"""Signing in from a device, and withdrawing devices."""

from typing import Any, NoReturn

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.exceptions import (
    AuthenticationFailed,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Throttled,
)
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle
from rest_framework.views import APIView

from accounts.models import ApiToken, User
from accounts.paging import NewestDeviceFirst
from accounts.serializers import NewTokenSerializer, SignInSerializer, TokenSerializer
from accounts.throttling import seconds_to_wait_for_sign_in


def user_of(request: Request) -> User:
    """Who asks; behind `IsAuthenticated` there is always somebody."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


class GuessThrottle(BaseThrottle):
    """The bound that the sign-in page has, too."""

    def __init__(self) -> None:
        self._seconds = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        name = request.data.get("username") if isinstance(request.data, dict) else None
        self._seconds = seconds_to_wait_for_sign_in(str(name))
        return not self._seconds

    def wait(self) -> float:
        return self._seconds


@extend_schema_view(get=extend_schema(summary="List my devices"))
class TokenList(generics.ListAPIView[ApiToken]):
    """The devices that you are signed in on."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    pagination_class = NewestDeviceFirst
    throttle_scope = "sign-in"

    def get_queryset(self) -> QuerySet[ApiToken]:
        return user_of(self.request).auth_token_set.all()

    def get_authenticators(self) -> list[Any]:
        """Signing in needs no sign-in, and must work with an outdated token in the header."""
        return [] if self._is_sign_in() else super().get_authenticators()

    def get_authenticate_header(self, _request: Request) -> str:
        return "Token"

    def get_permissions(self) -> list[Any]:
        return [AllowAny() if self._is_sign_in() else IsAuthenticated()]

    def get_throttles(self) -> list[BaseThrottle]:
        return [GuessThrottle(), ScopedRateThrottle()] if self._is_sign_in() else []

    def throttled(self, request: Request, wait: float | None) -> NoReturn:
        raise Throttled(wait, "These are too many sign-ins in one minute.")

    @extend_schema(
        summary="Sign in from a device",
        request=SignInSerializer,
        responses={201: NewTokenSerializer},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Exchange name and password for a token of this device.

        An account with a one-time password has to choose its own in a browser first (403).
        """
        asked = SignInSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        username, password, device = (asked.validated_data[k] for k in asked.fields)
        user = authenticate(request, username=username, password=password)
        if not isinstance(user, User):
            raise AuthenticationFailed("This name and password do not belong together.")
        if user.password_is_temporary:
            page = request.build_absolute_uri(reverse("password-change"))
            raise PermissionDenied(f"Choose a password of your own first, in a browser: {page}")
        row, token = ApiToken.objects.create(user=user, device=device)
        user_logged_in.send(sender=User, request=request, user=user)
        row.token = token
        return Response(NewTokenSerializer(row).data, status=status.HTTP_201_CREATED)

    def _is_sign_in(self) -> bool:
        return self.request is not None and self.request.method == "POST"


class CurrentToken(APIView):
    @extend_schema(summary="Sign this device out", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Withdraw the token that this request came with."""
        if not isinstance(request.auth, ApiToken):
            raise NotFound("This request came without a token, so there is none to withdraw.")
        request.auth.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenDetail(APIView):
    @extend_schema(summary="Sign another device out", responses={204: None})
    def delete(self, request: Request, token_key: str) -> Response:
        """Withdraw a token by its public name; its device has to sign in again."""
        withdrawn, _ = user_of(request).auth_token_set.filter(token_key=token_key).delete()
        if not withdrawn:
            raise NotFound("None of your devices has this token.")
        return Response(status=status.HTTP_204_NO_CONTENT)
