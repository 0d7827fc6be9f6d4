"""The backend that asks models over HTTP. Retrying and moving on to other models are the runner's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from goflow.backends.admission import Admission
from goflow.backends.asking import Asking
from goflow.backends.attached import unfit
from goflow.backends.base import Outcome, Ports, Refusal, Request
from goflow.backends.conversation import Conversation
from goflow.backends.failures import failure
from goflow.backends.http import Exchange, Patience
from goflow.backends.llm import versions
from goflow.backends.model_settings import asked_settings, refused_settings
from goflow.backends.models import OpenModel
from goflow.backends.offered import parameters_for
from goflow.backends.services import Unavailable
from goflow.backends.structured import Validator
from goflow.events import Failure, FailureKind
from goflow.tools.toolbox import Toolbox
from goflow.values import dataclass
from goflow.workflow import ModelSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmBackend:
    """Asks models over HTTP; holds nothing of any attempt."""

    models: Mapping[str | None, OpenModel | Unavailable]
    patience: Patience
    tools: Toolbox

    async def run(self, request: Request, ports: Ports) -> Outcome:
        """Ask, use tools and ask again, until there is an answer."""
        opened = self.models.get(request.model)
        if not isinstance(opened, OpenModel):
            message = opened.message if opened else f"`{request.model}` is not among the models of this run"
            return Refusal(failure=Failure(kind=FailureKind.MODEL_UNAVAILABLE, message=message))
        settings = request.settings or ModelSettings()
        asked = asked_settings(opened.model, settings)
        if refused := refused_settings(opened.model, asked):
            detail = f"it takes no `{'`, `'.join(refused)}`"
            return Refusal(failure=failure(FailureKind.REJECTED, opened.asked, detail))
        if unfitting := unfit(opened.model, request.attachments):
            return Refusal(failure=failure(FailureKind.REJECTED, opened.asked, unfitting))
        toolset = self.tools.toolset(request, ports)
        schema = request.output_schema
        asking = Asking(
            opened=opened,
            settings=asked,
            parameters=parameters_for(opened.model, toolset.tools, schema),
            streams=request.streaming,
            progress=ports.progress,
        )
        admission = Admission(
            request=request,
            asking=asking,
            ports=ports,
            limiter=opened.limiter,
            new_exchange=partial(self._exchange, request, settings),
        )
        return await Conversation(
            request=request,
            admission=admission,
            toolset=toolset,
            ports=ports,
            validator=None if schema is None else Validator(schema),
        ).hold()

    def _exchange(self, request: Request, settings: ModelSettings) -> Exchange:
        """Bound the silences; a `request_timeout` that was written bounds the whole request instead."""
        total_s = settings.request_timeout_s
        patience_s = self.patience.stream_s if request.streaming else self.patience.whole_s
        return Exchange(connect_s=self.patience.connect_s, silence_s=total_s or patience_s, total_s=total_s)

    def versions(self) -> Mapping[str, str]:
        """Return the versions of what shapes answers and prices."""
        return versions()
