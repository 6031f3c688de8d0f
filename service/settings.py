"""Every setting, from the environment (`PORCHLIGHT_...`) or a `.env` file. Secrets are named by file, not held here."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from policies.vocabulary import Agency


class Mode(StrEnum):
    """How strictly to start."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """The gateway's settings; the README's table lists each."""

    model_config = SettingsConfigDict(
        env_prefix="PORCHLIGHT_", env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    mode: Mode = Mode.PRODUCTION
    database_url: str = Field(repr=False)
    opa_url: str | None = None
    keys: Path
    partners: Path
    sources: dict[Agency, str] = Field(default_factory=dict, repr=False)
    origin: str = "porchlight.example/log"
    issuer: str = "http://127.0.0.1:8000"
    anchor: Path | None = None
    fhir: Path | None = None
    source_seconds: Annotated[float, Field(gt=0, le=30)] = 2.0
    refusal_floor_ms: Annotated[int, Field(ge=0, le=1000)] = 25
    policy_threads: Annotated[int, Field(ge=1, le=16)] = 1
    fixed_clock: AwareDatetime | None = None
    docs: bool = True

    @model_validator(mode="after")
    def _strict_in_production(self) -> Self:
        if self.mode is Mode.PRODUCTION and self.fixed_clock is not None:
            raise ValueError("a fixed clock is for development; production reads the real one")
        if self.mode is Mode.PRODUCTION and self.anchor is None:
            raise ValueError("production keeps its newest checkpoint outside the database: set PORCHLIGHT_ANCHOR")
        return self
