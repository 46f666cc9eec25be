"""moto behind a wrapper that refuses what S3 refuses and moto takes: chunked bodies, and uploads without a length.

Source: Amazon S3 API reference, "Error responses": NotImplemented (501) and MissingContentLength (411).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest

from serving import served

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def like_s3(application: WSGIApplication) -> WSGIApplication:
    """Refuse as S3 does, else pass on."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", ""):
            environ["wsgi.input"].read()  # a client that still sends would miss the answer
            return _refuse(start_response, "501 Not Implemented", "NotImplemented")
        if environ["REQUEST_METHOD"] == "PUT" and not environ.get("CONTENT_LENGTH"):
            return _refuse(start_response, "411 Length Required", "MissingContentLength")
        return application(environ, start_response)

    return wrapped


def _refuse(start_response: Callable[..., Any], status: str, code: str) -> Iterable[bytes]:
    body = f"<Error><Code>{code}</Code></Error>".encode()
    start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


@contextmanager
def running_store() -> Generator[str, None, None]:
    """Run the store on loopback, and give its URL."""
    moto: Any = import_module("moto.server")  # not installed where the types are checked
    with served(like_s3(moto.DomainDispatcherApplication(moto.create_backend_app))) as url:
        yield url


@contextmanager
def bucket() -> Generator[Any, None, None]:
    """Run the store, and give boto3's client of it; there is one bucket, named ``bucket``."""
    boto3: Any = import_module("boto3")
    config: Any = import_module("botocore.config")
    with running_store() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=config.Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )
        client.create_bucket(Bucket="bucket")
        yield client
        client.close()


def presigned(store: Any, key: str) -> str:
    """Give a URL that allows to put that object."""
    url: str = store.generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": key})
    return url


def stored(store: Any, key: str) -> bytes | None:
    """Give an object's content, or None."""
    try:
        content: bytes = store.get_object(Bucket="bucket", Key=key)["Body"].read()
    except store.exceptions.NoSuchKey:
        return None
    return content
