"""Errors as problem+json (RFC 9457): what happened, and for each field what is wrong and what would do."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from ...primitives import ActsearchError, ExprError, JobError, StoreError, TaskError, UnknownName
from ...primitives.errors import nearest
from .headers import SECURITY_HEADERS
from .models import Fault, Problem

__all__ = ["PROBLEMS", "about_field", "handle_problems", "problem_response", "refusal"]

_STATUS: tuple[tuple[type[ActsearchError], int], ...] = (
    (UnknownName, 404),
    (JobError, 409),
    (StoreError, 503),
    (ExprError, 422),
    (TaskError, 422),
    (ActsearchError, 422),
)
"""By the kind of error, the first that fits. What a request says of a field is told by `about_field`."""

_WORDS = {
    400: "The request cannot be read.",
    401: "No valid token was shown.",
    403: "The token does not allow it.",
    404: "There is no such thing.",
    405: "The method is not one of this resource's.",
    409: "The state of the job, or of the queue, forbids it.",
    413: "The request is too large.",
    421: "The service is not called so.",
    422: "A field is not as it should be.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
    500: "The service is at fault.",
    503: "The database does not answer now, no runner does, or too many are following jobs.",
}


def PROBLEMS(*codes: int) -> dict[int | str, dict[str, Any]]:  # noqa: N802  (a table with a choice)
    """The answers of these statuses, as OpenAPI describes them."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        code: {
            "description": _WORDS[code],
            "content": {"application/problem+json": {"schema": schema}},
        }
        for code in codes
    }


def refusal(
    status: int,
    detail: str,
    *,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HTTPException:
    """An error to be raised."""
    told = {"detail": detail, "errors": list(errors)}
    return HTTPException(status, told, dict(headers) if headers else None)


@contextmanager
def about_field(field: str) -> Generator[None]:
    """What cannot be done is a fault of this field of the request; the allowed names are told."""
    try:
        yield
    except StoreError:
        raise
    except ActsearchError as error:
        allowed = list(error.known[:100]) if isinstance(error, UnknownName) else None
        raise refusal(422, str(error), errors=[_told(field, str(error), allowed)]) from None


def problem_response(
    status: int, detail: str, errors: Iterable[Fault] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer itself."""
    title = HTTPStatus(status).phrase
    problem = Problem(title=title, status=status, detail=_whole(detail), errors=list(errors))
    return JSONResponse(
        problem.model_dump(mode="json"),
        status,
        {**SECURITY_HEADERS, **(headers or {})},
        media_type="application/problem+json",
    )


def handle_problems(app: FastAPI) -> None:
    """Every error of the app is told so."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(ActsearchError, _understood)
    app.add_exception_handler(Exception, _unexpected)


def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)
    told: Any = error.detail
    if isinstance(told, dict):
        return problem_response(error.status_code, told["detail"], told["errors"], error.headers)
    return problem_response(error.status_code, _WORDS.get(error.status_code, str(told)), (), error.headers)


def _understood(_request: Request, error: Exception) -> JSONResponse:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    headers = {"Retry-After": "5"} if status == 503 else None
    return problem_response(status, str(error), (), headers)


def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    """What happened is in the log; what is told is no secret."""
    return problem_response(500, "the service met an error of its own; nothing that was stored is lost")


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    body: Any = request.scope["route"].body_field
    known = list(body.field_info.annotation.model_fields) if body is not None else []
    faults = [_fault(one, known) for one in error.errors()]
    return problem_response(422, "; ".join(fault.message for fault in faults[:10]), faults[:100])


def _fault(found: Mapping[str, Any], known: Sequence[str]) -> Fault:
    place = [str(part) for part in found["loc"][1:]] or [str(part) for part in found["loc"]]
    field, kind = ".".join(place), found["type"]
    context: Mapping[str, Any] = found.get("ctx") or {}
    if kind == "json_invalid":
        return _told("body", f"the body is not JSON: {context.get('error', found['msg'])}")
    if kind == "missing":
        return _told(field, f"`{field}` is missing")
    if kind == "extra_forbidden":
        return _told(field, f"there is no field `{field}`", list(nearest(field, known)))
    if kind == "value_error":
        return _told(field, str(found["msg"]).removeprefix("Value error, "))
    wanted = str(found["msg"])
    for start in ("Input should be ", "Value should be ", "String should ", "List should "):
        wanted = wanted.removeprefix(start)
    came = repr(found.get("input"))
    came = came if len(came) <= 80 else f"{came[:77]}..."
    return _told(field, f"`{field}` should {_be(wanted)}, not {came}", _allowed(kind, context))


def _told(field: str, message: str, allowed: list[str] | None = None) -> Fault:
    return Fault(field=_whole(field), message=_whole(message), allowed=allowed)


def _whole(text: str) -> str:
    """Without half surrogates, which JSON may hold and UTF-8 may not."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _be(wanted: str) -> str:
    return wanted if wanted.startswith(("match ", "have ")) else f"be {wanted}"


def _allowed(kind: str, context: Mapping[str, Any]) -> list[str] | None:
    """`'a', 'b' or 'c'` of pydantic as a list."""
    if kind not in ("literal_error", "enum"):
        return None
    return [
        word.strip("' ")
        for part in str(context.get("expected", "")).split(" or ")
        for word in part.split(",")
    ]
