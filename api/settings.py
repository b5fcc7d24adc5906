"""What the environment may set: read once, when the app is made, and passed on as arguments."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from search.backends import Backends
from search.errors import LookalikeError
from search.fetching.addresses import AddressPolicy

_PREFIX = "LOOKALIKE_"


class WrongSetting(LookalikeError):
    """The environment sets what cannot be."""

    code = "wrong_setting"


_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
"""As browsers write them: no path, no capitals."""


class Settings(BaseSettings):
    """The server's settings, each from ``LOOKALIKE_`` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)

    index: Path = Field(default=Path("index"), description="the folder that 'indexer build' made")
    catalog: SecretStr | None = Field(
        default=None,
        description="the URL of the catalog's database, by default the one that the index was "
        "built with; it may hold a password",
    )
    vectors: str | None = Field(
        default=None,
        description="the URL of the vectors in Milvus, by default the one that the index was built "
        "with; a token comes by `MILVUS_TOKEN`",
    )
    versions: str | None = Field(
        default=None,
        description="the URL of the version store that 'indexer serve --versions' follows: a "
        "version that is made live is made live there",
    )
    model: str | None = Field(
        default=None,
        description="a model specification; the server starts only if the index was made so",
    )
    fetch_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="hosts, addresses or networks, joined by commas, that image URLs may reach "
        "although they are not public",
    )
    max_upload_bytes: PositiveInt = Field(
        default=20_000_000, description="the largest body of POST /similar in bytes"
    )
    concurrency: PositiveInt = Field(
        default=32,
        description="how many searches each server process works on at once, and so how many "
        "pictures go through the model together",
    )
    queue: NonNegativeInt = Field(
        default=32,
        description="how many more searches may wait for that, in memory with their uploads; "
        "further ones are refused with 503",
    )
    deadline: PositiveFloat = Field(
        default=30.0,
        description="seconds within which a search is answered, its upload included; after that "
        "it is dropped and answered with 503",
    )

    auth: bool = Field(
        default=True,
        description="whether requests need an API key ('indexer keys add'); 'indexer serve' asks "
        "for none by default while only this machine can reach it",
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="names, joined by commas, by which requests may call the server (their Host "
        "header), by default any; 'indexer serve' takes only localhost and the like while it asks "
        "for no key, unless --no-auth is said",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="origins like https://shop.example, joined by commas, whose pages may ask from "
        "a browser; * for any",
    )
    hsts: NonNegativeInt = Field(
        default=0,
        description="seconds for which browsers shall use nothing but HTTPS for this host "
        "(Strict-Transport-Security), 0 to say nothing of it",
    )
    drain: NonNegativeFloat = Field(
        default=0.0,
        description="seconds between a SIGTERM and the moment from which no new connection is "
        "taken; /readyz says no in between, so that load balancers turn elsewhere",
    )
    shutdown: PositiveFloat = Field(
        default=35.0,
        description="seconds after that in which what was accepted is answered, with a margin "
        "over 'deadline'; the rest is dropped",
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        description="how 'indexer serve' logs: text for people, or json, an object on each line",
    )
    traces: bool = Field(
        default=False,
        description="whether OpenTelemetry traces are sent, to where OTEL_EXPORTER_OTLP_ENDPOINT "
        "says; needs pip install 'lookalike[tracing]'",
    )

    header_timeout: PositiveFloat = Field(
        default=10.0,
        description="seconds within which a request's headers must have come, and within which a "
        "client must go on taking its answer; after that the connection is closed",
    )
    max_header_bytes: PositiveInt = Field(
        default=32_768, description="the longest first line and headers of a request in bytes"
    )
    max_connections: PositiveInt = Field(
        default=4_096,
        description="how many connections each server process has at once, idle ones too; further "
        "ones are refused with 503",
    )
    wait_for_index: bool = Field(
        default=False,
        description="take no connection before the index is open; 'indexer serve --workers' sets "
        "it for a process that takes the place of one that died, while the others answer",
    )
    threads: PositiveInt | None = Field(
        default=None,
        description="how many threads compute in each server process, by default one for each core",
    )
    shared: Path | None = Field(
        default=None,
        description="a folder in which the processes of one server find each other; "
        "'indexer serve --workers' makes it",
    )

    @property
    def backends(self) -> Backends:
        """Where the index is outside of its folder, with the password of the catalog."""
        catalog = self.catalog.get_secret_value() if self.catalog else None
        return Backends(catalog, self.vectors, self.versions)

    @field_validator("traces")
    @classmethod
    def _require_tracing(cls, value: bool) -> bool:
        try:
            if value:
                version("opentelemetry-exporter-otlp-proto-http")
        except PackageNotFoundError as error:
            raise ValueError("traces need: pip install 'lookalike[tracing]'") from error
        return value

    @field_validator("fetch_allow", "hosts", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("fetch_allow")
    @classmethod
    def _check(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        AddressPolicy(value)  # a malformed network is a ValueError
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"'{origin}' is no origin; write it like https://shop.example")
        return value


def read_settings() -> Settings:
    """What the environment sets; raises WrongSetting."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"{_PREFIX}{wrong['loc'][0]}".upper()
        reason = wrong["msg"][:1].lower() + wrong["msg"][1:]
        raise WrongSetting(
            f"{name} is '{wrong['input']}': {reason}; correct it, or leave it unset."
        ) from error
