"""What the environment may set: read once, when the app is made, and passed on as arguments."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from search.addresses import AddressPolicy


class Settings(BaseSettings):
    """The server's settings, each from ``LOOKALIKE_`` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="LOOKALIKE_")

    index: Path = Field(default=Path("index"), description="the folder that 'indexer build' made")
    catalog: SecretStr | None = Field(
        default=None,
        description="the URL of the catalog's database, by default the one that the index was "
        "built with; it may hold a password",
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
        default=128,
        description="how many more searches may wait for that, in memory with their uploads; "
        "further ones are refused with 503",
    )
    deadline: PositiveFloat = Field(
        default=30.0,
        description="seconds within which a search is answered, its upload included; after that "
        "it is dropped and answered with 503",
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
