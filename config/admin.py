"""The admin site under Likeness's own name."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig


class LikenessAdminConfig(AdminConfig):
    default_site = "config.admin.LikenessAdminSite"


class LikenessAdminSite(AdminSite):
    site_title = site_header = "Likeness"
    index_title = "Moderation"
