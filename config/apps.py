from django.contrib.admin.apps import AdminConfig


class LikenessAdminConfig(AdminConfig):
    default_site = "config.admin.LikenessAdminSite"
