from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from goflow.backends.keys import key_in
from goflow.backends.providers import CopilotRoute, Route, ServiceRoute, Surroundings, resolve_providers
from goflow.backends.services import Service, Unavailable
from goflow.backends.vendors import VENDORS, Vendor
from goflow.errors import ProviderUnavailable
from goflow.workflow import ProviderSpec, WireApi
from goflow.workflow.provider_words import PROVIDERS

OPENAI_KEY = {"OPENAI_API_KEY": "sk-1"}
ANTHROPIC_KEY = {"ANTHROPIC_API_KEY": "sk-2"}
GEMINI_KEY = {"GEMINI_API_KEY": "sk-3"}
COPILOT_PROVIDER = {"COPILOT_PROVIDER_BASE_URL": "http://gateway/v1", "COPILOT_MODEL": "house"}


def route(
    model: str | None,
    spec: ProviderSpec | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    around: Surroundings | None = None,
) -> Route:
    """Resolve one model beside one that can always be asked."""
    around = around or Surroundings(environ=environ or {})
    return resolve_providers([(model, "ollama:any")], spec, around)[model]


def service(
    model: str | None, spec: ProviderSpec | None = None, environ: Mapping[str, str] | None = None
) -> Service:
    found = route(model, spec, environ)
    assert isinstance(found, ServiceRoute), found
    return found.service


def refusal(
    models: tuple[str | None, ...], spec: ProviderSpec | None = None, environ: Mapping[str, str] | None = None
) -> ProviderUnavailable:
    with pytest.raises(ProviderUnavailable) as caught:
        resolve_providers([models], spec, Surroundings(environ=environ or {}))
    return caught.value


def test_a_prefix_names_the_provider_whatever_the_workflow_chose() -> None:
    found = route("anthropic:claude-x", ProviderSpec(type="openai"), OPENAI_KEY | ANTHROPIC_KEY)

    assert isinstance(found, ServiceRoute)
    assert (found.service.provider, found.name) == ("anthropic", "claude-x")


def test_a_prefix_that_is_the_chosen_provider_keeps_its_address_and_key() -> None:
    spec = ProviderSpec(type="openai", base_url="http://here/v1", api_key_env="MINE")

    assert service("openai:gpt-4o", spec, {"MINE": "sk-4"}).base_url == "http://here/v1"


def test_a_colon_without_a_known_prefix_belongs_to_the_models_name() -> None:
    found = route("llama3:8b", ProviderSpec(type="ollama"))

    assert isinstance(found, ServiceRoute)
    assert found.name == "llama3:8b"


def test_the_workflows_provider_comes_before_the_users_and_before_a_plain_name() -> None:
    around = Surroundings(environ={**OPENAI_KEY, **ANTHROPIC_KEY}, preferred=ProviderSpec(type="vllm"))

    written = route("gpt-4o", ProviderSpec(type="anthropic"), around=around)
    chosen = route("gpt-4o", around=around)

    assert isinstance(written, ServiceRoute)
    assert isinstance(chosen, ServiceRoute)
    assert (written.service.provider, chosen.service.provider) == ("anthropic", "vllm")


@pytest.mark.parametrize(
    ("model", "key", "provider"),
    [
        ("gpt-4o", OPENAI_KEY, "openai"),
        ("o3-mini", OPENAI_KEY, "openai"),
        ("Claude-Sonnet-4.5", ANTHROPIC_KEY, "anthropic"),
        ("gemini-2.5-pro", GEMINI_KEY, "google"),
    ],
)
def test_a_plain_name_finds_its_vendor_if_the_key_is_set(
    model: str, key: dict[str, str], provider: str
) -> None:
    assert service(model, None, key).provider == provider
    assert isinstance(route(model), Unavailable)


def test_a_plain_name_without_its_key_goes_to_copilots_own_provider_then_to_the_command() -> None:
    service_found = route("gpt-4o", None, COPILOT_PROVIDER)
    command = route("gpt-4o", around=Surroundings(copilot_is_installed=True))

    assert isinstance(service_found, ServiceRoute)
    assert (service_found.service.base_url, service_found.name) == ("http://gateway/v1", "gpt-4o")
    assert command == CopilotRoute(name="gpt-4o")


def test_copilots_own_provider_has_its_key_its_interface_and_its_model() -> None:
    found = service(None, None, {"COPILOT_PROVIDER_API_KEY": "sk-5"} | COPILOT_PROVIDER)

    assert found == Service(
        provider="openai",
        base_url="http://gateway/v1",
        key_variable="COPILOT_PROVIDER_API_KEY",
        wire_api=WireApi.CHAT,
        default_model="house",
    )


def test_copilots_own_provider_may_be_written_without_a_path_or_of_another_type() -> None:
    bare = service("m", None, {"COPILOT_PROVIDER_BASE_URL": "http://localhost:11434"})
    anthropic = service(
        "m", None, {"COPILOT_PROVIDER_BASE_URL": "http://there", "COPILOT_PROVIDER_TYPE": "anthropic"}
    )

    assert bare.base_url == "http://localhost:11434/v1"
    assert (anthropic.provider, anthropic.base_url, anthropic.wire_api) == ("anthropic", "http://there", None)


def test_the_copilot_command_can_be_chosen_by_name() -> None:
    spec = ProviderSpec(type="copilot")

    assert route("gpt-4o", spec, around=Surroundings(copilot_is_installed=True)) == CopilotRoute(
        name="gpt-4o"
    )
    assert route("gpt-4o", spec) == Unavailable(
        message="the `copilot` command is not installed",
        help="install it, choose another provider in `config.provider`, "
        "or try the workflow without a model: `--mock`",
    )


def test_nothing_found_lists_every_way_the_fitting_key_first() -> None:
    error = refusal(("claude-sonnet-4.5",))

    assert error.message == "no provider for `claude-sonnet-4.5`"
    assert error.help == (
        "set `ANTHROPIC_API_KEY` (or `OPENAI_API_KEY`, `GOOGLE_API_KEY`); "
        "or choose one in `config.provider`, `GOFLOW_PROVIDER` or as `provider:name`; "
        "or set `COPILOT_PROVIDER_BASE_URL` and `COPILOT_MODEL`; "
        "or install the `copilot` command; or try the workflow without a model: `--mock`"
    )
    assert error.exit_code == 4


def test_a_missing_key_names_its_variable_where_it_goes_and_the_mock() -> None:
    error = refusal(("gpt-4o", None), ProviderSpec(type="openai"))

    assert error.message == "no key for openai: the environment variable `OPENAI_API_KEY` is not set"
    assert error.help == (
        "`export OPENAI_API_KEY=...`, name another one in `config.provider.api_key_env`, "
        "or try the workflow without a model: `--mock`"
    )


def test_a_missing_key_names_the_variable_that_the_workflow_names() -> None:
    error = refusal(
        ("m",), ProviderSpec(type="openai", base_url="http://x/v1", api_key_env="MY_KEY"), OPENAI_KEY
    )

    assert "`MY_KEY` is not set" in error.message


def test_a_missing_package_names_the_extra_that_installs_it() -> None:
    around = Surroundings(environ=ANTHROPIC_KEY, missing_packages=frozenset({"anthropic"}))

    assert route("claude-x", around=around) == Unavailable(
        message="anthropic needs a package that is not installed: `anthropic`",
        help="`pip install 'pydantic-ai-slim[anthropic]'`, or try the workflow without a model: `--mock`",
    )


def test_a_step_with_one_way_left_is_no_error_and_the_closed_one_says_why() -> None:
    routes = resolve_providers([("claude-x", "gpt-4o")], None, Surroundings(environ=OPENAI_KEY))

    assert isinstance(routes["claude-x"], Unavailable)
    assert isinstance(routes["gpt-4o"], ServiceRoute)


def test_a_key_is_never_sent_to_a_written_address_that_does_not_name_it() -> None:
    spec = ProviderSpec(type="openai", base_url="http://elsewhere/v1")

    assert service("gpt-4o", spec, OPENAI_KEY).key_variable is None


def test_an_empty_key_variable_means_that_no_key_is_sent() -> None:
    assert service("gpt-4o", ProviderSpec(type="openai", api_key_env=""), OPENAI_KEY).key_variable is None


def test_openai_elsewhere_speaks_chat_unless_told_otherwise_and_has_no_default_model() -> None:
    elsewhere = service("m", ProviderSpec(type="openai", base_url="http://x/v1"))
    told = service("m", ProviderSpec(type="openai", base_url="http://x/v1", wire_api=WireApi.RESPONSES))
    itself = service("m", ProviderSpec(type="openai"), OPENAI_KEY)

    assert (elsewhere.wire_api, told.wire_api, itself.wire_api) == (WireApi.CHAT, WireApi.RESPONSES, None)
    assert (elsewhere.default_model, itself.default_model) == (None, VENDORS["openai"].default_model)


def test_the_users_own_openai_address_needs_no_key_and_gets_the_one_there_is() -> None:
    without = service("m", ProviderSpec(type="openai"), {"OPENAI_BASE_URL": "http://mine/v1"})
    with_key = service("m", ProviderSpec(type="openai"), {"OPENAI_BASE_URL": "http://mine/v1"} | OPENAI_KEY)

    assert (without.base_url, without.key_variable) == ("http://mine/v1", None)
    assert with_key.key_variable == "OPENAI_API_KEY"


def test_a_choice_of_interface_is_refused_where_there_is_none() -> None:
    error = refusal(("m",), ProviderSpec(type="anthropic", wire_api=WireApi.CHAT), ANTHROPIC_KEY)

    assert error.message == "anthropic has no `wire_api` to choose"


def test_an_unknown_provider_is_told_apart_from_an_unknown_model() -> None:
    error = refusal(("m",), ProviderSpec(type="lmstudio"))

    assert error.message == "unknown provider `lmstudio`"
    assert error.help == "`openai` with a `base_url` is any server of its kind"
    assert refusal(("m",), ProviderSpec(type="Opnai")).help == "did you mean `openai`?"


@pytest.mark.parametrize("around", [" {}", "{}\n", "\t{}\r\n", "{}"])
def test_blanks_and_line_breaks_around_a_key_are_no_part_of_it(around: str) -> None:
    environ = {"OPENAI_API_KEY": around.format("sk-1")}

    assert service("gpt-4o", None, environ).key_variable == "OPENAI_API_KEY"
    assert key_in(environ, "OPENAI_API_KEY") == "sk-1"


@pytest.mark.parametrize(
    ("key", "holds"),
    [
        ("sk-é", "a character that is not ASCII"),
        ("sk-1\u200b", "a character that is not ASCII"),
        ("sk-1 sk-2", "a blank or a line break"),
        ("sk-1\nsk-2", "a blank or a line break"),
        ("sk-\x07", "a control character"),
    ],
)
@pytest.mark.parametrize(
    ("variable", "spec", "environ"),
    [
        ("OPENAI_API_KEY", None, {}),
        ("OPENAI_API_KEY", None, {"OPENAI_BASE_URL": "http://here/v1"}),
        ("MINE", ProviderSpec(type="openai", base_url="http://here/v1", api_key_env="MINE"), {}),
        ("COPILOT_PROVIDER_API_KEY", None, COPILOT_PROVIDER),
    ],
)
def test_a_key_that_no_header_can_carry_is_refused_before_anything_is_asked(
    key: str, holds: str, *, variable: str, spec: ProviderSpec | None, environ: dict[str, str]
) -> None:
    error = refusal(("gpt-4o",), spec, {**environ, variable: key})

    assert error.message == f"the key in `{variable}` cannot be sent: it holds {holds}"
    assert error.help == (
        "copy it anew, in one piece and as it was given, or try the workflow without a model: `--mock`"
    )


@pytest.mark.parametrize("blank", ["", " ", "\n", " \t\r\n"])
def test_a_key_of_blanks_is_none(blank: str) -> None:
    environ = {"OPENAI_API_KEY": blank, **ANTHROPIC_KEY}
    told = refusal(("openai:good",), None, environ).message

    assert key_in(environ, "OPENAI_API_KEY") is None
    assert told == "no key for openai: the environment variable `OPENAI_API_KEY` is " + (
        "blank" if blank else "not set"
    )
    assert isinstance(route("gpt-4o", None, environ), Unavailable)
    routes = resolve_providers([(None,)], None, Surroundings(environ=environ))
    default = routes[None]
    assert isinstance(default, ServiceRoute)
    assert default.service.provider == "anthropic"


REST = (
    "choose one in `config.provider`, `GOFLOW_PROVIDER` or as `provider:name`; or set "
    "`COPILOT_PROVIDER_BASE_URL` and `COPILOT_MODEL`; or install the `copilot` command; "
    "or try the workflow without a model: `--mock`"
)


@pytest.mark.parametrize(
    ("model", "environ", "ways"),
    [
        (None, {}, "set `OPENAI_API_KEY` (or `ANTHROPIC_API_KEY`, `GOOGLE_API_KEY`); or "),
        ("claude-x", {}, "set `ANTHROPIC_API_KEY` (or `OPENAI_API_KEY`, `GOOGLE_API_KEY`); or "),
        ("claude-x", OPENAI_KEY, "set `ANTHROPIC_API_KEY` (or `GOOGLE_API_KEY`); or "),
        ("good", OPENAI_KEY, "write `openai:good`; or set `ANTHROPIC_API_KEY` (or `GOOGLE_API_KEY`); or "),
        (
            "good",
            OPENAI_KEY | GEMINI_KEY,
            "write `openai:good` or `google:good`; or set `ANTHROPIC_API_KEY`; or ",
        ),
        (
            "good",
            OPENAI_KEY | GEMINI_KEY | ANTHROPIC_KEY,
            "write `openai:good` or `anthropic:good` or `google:good`; or ",
        ),
    ],
)
def test_where_no_provider_is_found_the_ways_that_are_left_are_told(
    model: str | None, environ: dict[str, str], ways: str
) -> None:
    error = refusal((model,), None, environ)

    assert (
        error.message == f"no provider for {f'`{model}`' if model else 'the workflow, which names no model'}"
    )
    assert error.help == ways + REST


def test_every_provider_that_may_be_written_can_be_asked() -> None:
    assert set(PROVIDERS) == {*VENDORS, "copilot"}
    assert len(PROVIDERS) == len(set(PROVIDERS))


def test_ollama_is_looked_for_on_this_machine_and_needs_no_key() -> None:
    here = service("llama3", ProviderSpec(type="ollama"))
    there = service("llama3", ProviderSpec(type="ollama"), {"OLLAMA_BASE_URL": "http://there:11434/v1"})

    assert (here.base_url, here.key_variable) == ("http://localhost:11434/v1", None)
    assert there.base_url == "http://there:11434/v1"


def test_the_default_model_is_the_chosen_providers_own() -> None:
    found = route(None, ProviderSpec(type="anthropic"), ANTHROPIC_KEY)

    assert isinstance(found, ServiceRoute)
    assert found.name == VENDORS["anthropic"].default_model


def test_without_a_choice_the_default_is_that_of_the_provider_the_first_name_led_to() -> None:
    around = Surroundings(environ={**OPENAI_KEY, **ANTHROPIC_KEY})
    routes = resolve_providers([("claude-x", None), ("gpt-4o", None)], None, around)

    default = routes[None]
    assert isinstance(default, ServiceRoute)
    assert default.service.provider == "anthropic"


def test_where_nothing_is_named_the_first_vendor_with_a_key_gives_its_default() -> None:
    routes = resolve_providers([(None,)], None, Surroundings(environ={**GEMINI_KEY, **ANTHROPIC_KEY}))

    default = routes[None]
    assert isinstance(default, ServiceRoute)
    assert default.service.provider == "anthropic"


def test_a_provider_without_a_default_says_where_a_model_is_named() -> None:
    error = refusal((None,), ProviderSpec(type="ollama"))

    assert error.message == "no model is named, and ollama has no default"
    assert (
        error.help == "name one in `config.model` or with `-m`, or try the workflow without a model: `--mock`"
    )


def test_the_reference_has_a_row_for_every_provider() -> None:
    def row(name: str, vendor: Vendor) -> str:
        key = " or ".join(f"`{variable}`" for variable in vendor.key_variables) or "its own library's"
        key += ", if set" if vendor.key_variables and not vendor.needs_key else ""
        rest = (f"`{written}`" if written else "" for written in (vendor.default_model, vendor.extra))
        return "| " + " | ".join([f"`{name}`", key, *rest]) + " |"

    reference = (Path(__file__).parents[3] / "docs/reference/providers.md").read_text(encoding="utf-8")
    rows = [line for line in reference.splitlines() if line.startswith("| `") and line.count("|") == 5]

    assert rows == [row(name, vendor) for name, vendor in VENDORS.items()]
