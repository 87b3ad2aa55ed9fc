"""Accounts in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from accounts.forms import GivenPasswordForm, NewAccountForm
from accounts.models import ApiToken, User


@admin.register(User)
class LikenessUserAdmin(UserAdmin[User]):
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        ("Likeness", {"fields": ["password_is_temporary"]}),
    )
    list_display = ("username", "email", "is_active", "is_staff", "last_login")
    add_form = NewAccountForm
    change_password_form = GivenPasswordForm


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    """Tokens can be seen and withdrawn; they are made by signing in from a device."""

    list_display = ("device", "user", "created", "expiry")
    list_select_related = ("user",)
    search_fields = ("device", "user__username")
    fields = readonly_fields = ("device", "user", "created", "expiry")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
