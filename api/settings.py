"""What the environment may set: read once, when the app is made, and passed on as arguments."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from search.addresses import AddressPolicy
from search.errors import LookalikeError

_PREFIX = "LOOKALIKE_"


class WrongSetting(LookalikeError):
    """The environment sets what cannot be."""

    code = "wrong_setting"


class Settings(BaseSettings):
    """The server's settings, each from ``LOOKALIKE_`` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)

    index: Path = Field(default=Path("index"), description="the folder that 'indexer build' made")
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
        default=128,
        description="how many more searches may wait for that, in memory with their uploads; "
        "further ones are refused with 503",
    )
    deadline: PositiveFloat = Field(
        default=30.0,
        description="seconds within which a search is answered, its upload included; after that "
        "it is dropped and answered with 503",
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

    threads: PositiveInt | None = Field(
        default=None,
        description="how many threads compute in each server process, by default one for each core",
    )
    shared: Path | None = Field(
        default=None,
        description="a folder in which the processes of one server find each other; "
        "'indexer serve --workers' makes it",
    )

    @field_validator("traces")
    @classmethod
    def _require_tracing(cls, value: bool) -> bool:
        try:
            if value:
                version("opentelemetry-exporter-otlp-proto-http")
        except PackageNotFoundError as error:
            raise ValueError("traces need: pip install 'lookalike[tracing]'") from error
        return value

    @field_validator("fetch_allow", mode="before")
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
