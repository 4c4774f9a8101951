"""One fake provider and one gateway for all fault tests: starting a model process takes seconds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.background import Background
from tests.faults.provider import CANARY_KEY, Provider
from workbench.domain.conversations import Delta, End, Message, ModelSpec, Request, Retrying
from workbench.gateway.model_gateway import ModelGateway, Retries
from workbench.gateway.wire import Limits
from workbench.settings import Settings

KEY, SECRET, MISSING = "FAULTS_TEST_KEY", "FAULTS_FILE_KEY", "FAULTS_NO_SUCH_KEY"
LIMITS = Limits(first_token_seconds=5.0, idle_seconds=4.0, total_seconds=8.0)
RETRIES = Retries(seconds=0.05)


class Told:
    """Everything one call said."""

    def __init__(self) -> None:
        self.deltas: list[str] = []
        self.retries: list[Retrying] = []
        self.ends: list[End] = []

    @property
    def text(self) -> str:
        return "".join(self.deltas)

    @property
    def end(self) -> End:
        (end,) = self.ends
        return end


class Caller:
    """Calls the fake provider by the product's own path."""

    def __init__(self, background: Background, gateway: ModelGateway, provider: Provider) -> None:
        self.background, self.gateway, self.provider = background, gateway, provider

    def spec(self, mode: str, dialect: str = "openai", **changes: Any) -> ModelSpec:
        base = self.provider.url.removesuffix("/v1") if dialect == "anthropic" else self.provider.url
        fields = {"name": f"fault/{mode}", "litellm_id": f"{dialect}/{mode}", "api_base": base, "key_env": KEY}
        return ModelSpec.model_validate(fields | changes)

    async def tell(self, spec: ModelSpec, text: str = "I can't sleep before exams.") -> Told:
        told = Told()
        request = Request(id=spec.name, model=spec, messages=(Message(role="user", content=text),))
        async for event in self.gateway.stream(request):
            assert not told.ends, "an event after the end"
            if isinstance(event, Delta):
                told.deltas.append(event.text)
            elif isinstance(event, Retrying):
                told.retries.append(event)
            else:
                told.ends.append(event)
        return told

    def call(self, mode: str, dialect: str = "openai", text: str = "Hello", **changes: Any) -> Told:
        return self.background.run(self.tell(self.spec(mode, dialect, **changes), text))


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    with Provider() as server:
        yield server


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    (root / ".workbench").mkdir(mode=0o700)
    return root


@pytest.fixture(scope="session")
def caller(provider: Provider, workspace: Path) -> Iterator[Caller]:
    background = Background()
    specs = tuple(ModelSpec(name=name, litellm_id=f"openai/{name}", key_env=name) for name in (KEY, SECRET, MISSING))
    gateway = ModelGateway(Settings(root=workspace, models=specs), processes=1, limits=LIMITS, retries=RETRIES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, CANARY_KEY)
        patch.setenv("OPENAI_API_KEY", "sk-not-for-other-servers")
        patch.setenv("OPENAI_API_BASE", "http://127.0.0.1:9/wrong")
        assert "PYTEST_CURRENT_TEST" in os.environ
        yield Caller(background, gateway, provider)
        background.run(gateway.close())
        background.close()
