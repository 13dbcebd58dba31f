"""The admin port: what kubelets, Prometheus and people ask about this pod."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from modelspec_serving.lifecycle.load import Decision
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.monitoring.exposition import CONTENT_TYPE, Monitor, exposition


def build_admin(decision: Decision, readiness: Readiness, monitor: Monitor) -> FastAPI:
    """Return the application of the admin port."""
    admin = FastAPI(openapi_url=None, redirect_slashes=False)
    admin.add_exception_handler(HTTPException, _http_error)
    admin.add_exception_handler(Exception, _internal_error)

    @admin.get("/healthz")
    async def healthz() -> dict[str, bool]:
        return {"live": True}

    @admin.get("/readyz")
    async def readyz() -> dict[str, bool]:
        if readiness.is_draining:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "this pod is stopping")
        return {"ready": True}

    @admin.get("/snapshot")
    async def snapshot() -> dict[str, Any]:
        return {
            "name": decision.name,
            "version": decision.version,
            "digest": decision.digest,
            "parts": decision.parts,
        }

    @admin.get("/metrics")
    async def metrics() -> Response:
        return Response(exposition(monitor), headers={"content-type": CONTENT_TYPE})

    return admin


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _internal_error(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse({"error": "internal error"}, HTTPStatus.INTERNAL_SERVER_ERROR)
