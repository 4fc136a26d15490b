"""The door over HTTP. Its description is served at /openapi.json."""

import asyncio
import logging
import math
from typing import Annotated, Any, Final

from fastapi import FastAPI, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from loop.push.deliveries import Answer
from loop.push.messages import Push, Recorded, Refused, Woken
from loop.push.receiver import DeliveryRefusedError, Receiver
from loop.push.signature import NONCE, SAMPLEDB_SIGNATURE, SENDER, SIGNATURE, TIMESTAMP, Stamp
from loop.push.waking import Waker

_LOG = logging.getLogger("synthloop.push")
_BODY_SECONDS: Final = 30.0
_DESCRIPTION: Final = f"""Results are taken in all or nothing, by the same checks as every lab's.

Sign each delivery with the secret that sender and door share: HMAC-SHA256 over
`timestamp + "\\n" + nonce + "\\n" + path + "\\n" + body`, as `sha256=` and hexadecimal digits in
`{SIGNATURE}`. The nonce is new for each delivery. If no answer came, send the same body again with
the same nonce (and a fresh timestamp and signature): it is answered as it was the first time.
"""
_Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="The campaign.")]
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Refused, "description": "Not signed by a known sender, or stamped too long ago"},
    403: {"model": Refused, "description": "The sender may not write to this campaign"},
    408: {"model": Refused, "description": "The body did not come in time"},
    413: {"model": Refused, "description": "Too large; nothing was read"},
    429: {"model": Refused, "description": "Too often; see Retry-After"},
    503: {"model": Refused, "description": "Busy; send the same again"},
}


def build_app(receiver: Receiver, waker: Waker) -> FastAPI:
    """Return the application."""
    # The usual pages of documentation load scripts from elsewhere; the description is enough.
    app = FastAPI(
        title="synthloop door",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )

    @app.post(
        "/campaigns/{slug}/results",
        summary="Hand in results",
        response_model=Recorded,
        responses={
            **_ERRORS,
            404: {"model": Refused, "description": "No such campaign is open"},
            409: {"model": Refused, "description": "The nonce was used for another delivery"},
            422: {"model": Refused, "description": "Refused, with every fault; nothing was taken"},
        },
        openapi_extra=_body_of(Push),
    )
    async def results(
        slug: _Slug,
        request: Request,
        sender: Annotated[str, Header(alias=SENDER)] = "",
        timestamp: Annotated[str, Header(alias=TIMESTAMP)] = "",
        nonce: Annotated[str, Header(alias=NONCE)] = "",
        signature: Annotated[str, Header(alias=SIGNATURE)] = "",
    ) -> Response:
        try:
            body = await _read(request, receiver.config.largest_kb * 1000)
            stamp = Stamp(sender, timestamp, nonce, signature)
            path = request.url.path
            answer = await run_in_threadpool(receiver.take_results, slug, path, stamp, body)
        except DeliveryRefusedError as error:
            return _refusal(request, error)
        return _response(answer)

    @app.post(
        "/campaigns/{slug}/wake/{name}",
        summary="Ring (a webhook of SampleDB): the lab is asked what is new",
        response_model=Woken,
        status_code=202,
        responses=_ERRORS,
    )
    async def wake(
        slug: _Slug,
        name: Annotated[str, Path(description="The sender.")],
        request: Request,
        signature: Annotated[str, Header(alias=SAMPLEDB_SIGNATURE)] = "",
    ) -> Response:
        try:
            body = await _read(request, receiver.config.largest_kb * 1000)
            answer = await run_in_threadpool(receiver.take_bell, slug, name, signature, body)
        except DeliveryRefusedError as error:
            return _refusal(request, error)
        waker.ring(slug)
        return _response(answer)

    return app


def _body_of(model: type[Push]) -> dict[str, Any]:
    """Describe a body that is read by hand, because its bytes are signed."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    result = definitions["PushedResult"]
    result["properties"]["outcome"] = {
        "default": "measured",
        "enum": definitions["Outcome"]["enum"],
        "type": "string",
    }
    schema["properties"]["results"]["items"] = result
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


async def _read(request: Request, most: int) -> bytes:
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise _too_large(most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise _too_large(most)
                parts.append(part)
    except TimeoutError as error:
        raise DeliveryRefusedError(408, f"the body did not come in {_BODY_SECONDS:g} s") from error
    return b"".join(parts)


def _too_large(most: int) -> DeliveryRefusedError:
    return DeliveryRefusedError(413, f"more than {most} bytes; send fewer results at once")


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type="application/json")


def _refusal(request: Request, error: DeliveryRefusedError) -> Response:
    _LOG.warning("%s answered %s: %s", request.url.path, error.status, error)
    headers = {"Retry-After": str(math.ceil(error.retry_after))} if error.retry_after else {}
    if error.status in {408, 413}:
        # The rest of the body is not read, so the line cannot be used again.
        headers["Connection"] = "close"
    told = Refused(error=error.reason).model_dump_json()
    return Response(told, error.status, headers, media_type="application/json")
