"""The one shape of every error of the API: a sentence as `detail`, faults of fields beside it."""

from typing import Any, TypeAlias

from django.core.exceptions import SuspiciousOperation
from rest_framework.exceptions import ErrorDetail, NotFound, ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView, exception_handler

Schema: TypeAlias = dict[str, Any]


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Add the sentence where REST framework names only fields."""
    if isinstance(error, SuspiciousOperation):  # too many fields or files, or a file name like ../x
        error = ParseError("This request cannot be read. Send fewer or smaller fields.")
    response = exception_handler(error, context)
    if response is not None and "detail" not in response.data:
        faults = response.data if isinstance(response.data, dict) else {}
        response.data = {"detail": _sentence(response.data), **faults}
    return response


def _sentence(faults: Any) -> str:
    """The first fault, after the name of its field."""
    if isinstance(faults, ErrorDetail):
        return str(faults)
    if isinstance(faults, list):
        return _sentence(next(fault for fault in faults if fault))
    field, fault = next(iter(faults.items()))
    is_named = isinstance(field, str) and field != api_settings.NON_FIELD_ERRORS_KEY
    return f"{field}: {_sentence(fault)}" if is_named else _sentence(fault)


def describe_errors(result: Schema, **_: Any) -> Schema:
    """Say in the OpenAPI schema, once for every operation, what an error looks like."""
    result["components"]["schemas"]["Error"] = {
        "type": "object",
        "description": "Faults of fields stand beside `detail`, a list for each field.",
        "required": ["detail"],
        "properties": {"detail": {"type": "string", "description": "A sentence for the user."}},
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    }
    answer = {"schema": {"$ref": "#/components/schemas/Error"}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {
                "description": "An error: 400, 401, 403, 404, 409, 413, 429 or 503.",
                "content": {"application/json": answer},
            }
    return result


class NothingHere(APIView):
    """Whatever address below /api/v1/ no other view answers."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is nothing at this address. /api/v1/docs lists what there is.")
