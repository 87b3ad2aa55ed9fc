"""Accounts as JSON."""

from rest_framework import serializers

from accounts.models import ApiToken, User


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "username", "first_name", "last_name")
        read_only_fields = fields


class SignInSerializer(serializers.Serializer[None]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(
        trim_whitespace=False, write_only=True, style={"input_type": "password"}
    )
    device = serializers.CharField(
        max_length=100, help_text="A name by which the user knows this device, as “Ann's phone”."
    )


class NewTokenSerializer(serializers.ModelSerializer[ApiToken]):
    """The only answer that ever shows a token."""

    token = serializers.CharField(
        read_only=True, help_text="Send it as `Authorization: Token …`. It is shown only once."
    )
    user = UserSerializer(read_only=True)

    class Meta:
        model = ApiToken
        fields = ("token", "token_key", "device", "created", "expiry", "user")
        read_only_fields = fields


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A device that is signed in."""

    is_current = serializers.SerializerMethodField(help_text="Whether this request came with it.")

    class Meta:
        model = ApiToken
        fields = ("token_key", "device", "created", "expiry", "is_current")
        read_only_fields = fields
        extra_kwargs = {
            "token_key": {"help_text": "The first 15 characters of the token: its public name."}
        }

    def get_is_current(self, token: ApiToken) -> bool:
        return bool(token == self.context["request"].auth)
