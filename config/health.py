"""What is asked by machines and not by people."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether this process can serve: for load balancers and the launcher."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def favicon(_request: HttpRequest) -> HttpResponse:
    """For pages that name no icon, as those of the admin: browsers ask here."""
    return redirect(static("favicon.svg"))
