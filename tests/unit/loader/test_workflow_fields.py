from __future__ import annotations

from collections.abc import Callable

import pytest

from goflow.workflow import (
    Agent,
    AgentRef,
    AgentStep,
    Budget,
    Bundle,
    Condition,
    Config,
    InputSpec,
    LimitSpec,
    ModelSettings,
    OnError,
    OutputFormat,
    OutputSpec,
    ProviderSpec,
    SharedMemory,
    Truncate,
    TruncateStrategy,
    WireApi,
    Workflow,
)

EVERYTHING = """\
goflow: 1
name: multi-reviewer
description: Reviews
inputs:
  files: {description: Files to review, default: "*.py"}
  empty: {default: ""}
  none: {default: ~}
  bare:
  token: {secret: true}
config:
  model: 4.1
  max_concurrency: 3
  audit_dir: .workflow-runs
  audit_retention: 10
  interactive: no
  streaming: on
  log_level: WARNING
  agent_search_paths: [./agents]
  provider: {type: openai, base_url: "http://localhost:11434/v1", api_key_env: "", wire_api: responses}
  truncate: {strategy: lines, limit: 100}
  shared_memory: {enabled: true, inject_into_prompt: true, initial_content: "..."}
agents:
  summarizer:
    inline:
      description: Sums up
      prompt: You ...
      tools: grep, view
      model: [gpt-4o, gpt-4o-mini]
      settings: {temperature: 0.2}
skills: []
x-anything: {at: [all]}
steps:
  - id: 1
    prompt: first
  - id: review
    agent: summarizer
    prompt: "Review: {{steps.1.output}}"
    depends_on: [1]
    condition: {step: 1, contains: YES, not_equals: [no, 010]}
    on_error: continue
    retry_count: 2
    timeout: 90s
    model: gpt-4o-mini
    extra_dirs: [./more]
    interactive: true
    settings:
      temperature: 0
      top_p: 0.9
      max_tokens: 100
      reasoning_effort: low
      seed: 7
      request_timeout: 1m
      extra_headers: {X-Number: 010}
      extra_body: {top_k: 40, stop: ["1", 2], flags: {a: true, b: ~, c: 1.5, d: yes, e: !!str 3}}
    x-note: free
    budget: {tokens: 900}
limits: {gpt-4o: {rpm: 60, tpm: 9000, concurrency: 4}, openai: {}}
budget: {cost_usd: 0.5, tokens: 200k, time: 1m}
output: {steps: [review], format: json, truncate: {limit: 5000}}
"""


def test_every_field_of_a_workflow_is_read(load: Callable[..., Bundle]) -> None:
    bundle = load(EVERYTHING)

    assert bundle.problems == ()
    assert bundle.workflow == Workflow(
        name="multi-reviewer",
        description="Reviews",
        inputs={
            "files": InputSpec(description="Files to review", default="*.py"),
            "empty": InputSpec(default=""),
            "none": InputSpec(),
            "bare": InputSpec(),
            "token": InputSpec(secret=True),
        },
        config=Config(
            model="4.1",
            max_concurrency=3,
            audit_dir=".workflow-runs",
            audit_retention=10,
            interactive=False,
            streaming=True,
            log_level="warn",
            agent_search_paths=("./agents",),
            provider=ProviderSpec(
                type="openai",
                base_url="http://localhost:11434/v1",
                api_key_env="",
                wire_api=WireApi.RESPONSES,
            ),
            truncate=Truncate(strategy=TruncateStrategy.LINES, limit=100),
            shared_memory=SharedMemory(enabled=True, inject_into_prompt=True, initial_content="..."),
        ),
        agents={
            "summarizer": AgentRef(
                inline=Agent(
                    name="summarizer",
                    description="Sums up",
                    prompt="You ...",
                    tools=("grep", "view"),
                    models=("gpt-4o", "gpt-4o-mini"),
                    settings=ModelSettings(temperature=0.2),
                )
            )
        },
        steps=(
            AgentStep(id="1", prompt="first"),
            AgentStep(
                id="review",
                agent="summarizer",
                prompt="Review: {{steps.1.output}}",
                depends_on=("1",),
                condition=Condition(step="1", contains=("YES",), not_equals=("no", "010")),
                on_error=OnError.CONTINUE,
                retry_count=2,
                timeout_s=90.0,
                model="gpt-4o-mini",
                extra_dirs=("./more",),
                interactive=True,
                settings=ModelSettings(
                    temperature=0.0,
                    top_p=0.9,
                    max_tokens=100,
                    reasoning_effort="low",
                    seed=7,
                    request_timeout_s=60.0,
                    extra_headers={"X-Number": "010"},
                    extra_body={
                        "top_k": 40,
                        "stop": ["1", 2],
                        "flags": {"a": True, "b": None, "c": 1.5, "d": "yes", "e": "3"},
                    },
                ),
                budget=Budget(tokens=900),
            ),
        ),
        limits={"gpt-4o": LimitSpec(rpm=60, tpm=9000, concurrency=4), "openai": LimitSpec()},
        budget=Budget(cost_usd=0.5, tokens=200_000, time_s=60.0),
        output=OutputSpec(
            steps=("review",),
            format=OutputFormat.JSON,
            truncate=Truncate(strategy=TruncateStrategy.CHARS, limit=5000),
        ),
    )


@pytest.mark.parametrize("field", ["description", "inputs", "config", "agents", "skills", "output"])
def test_a_null_field_is_absent(field: str, load: Callable[..., Bundle]) -> None:
    with_null = load(f"name: x\nsteps: [{{id: a, prompt: b, tools: }}]\n{field}:\n".replace(", tools: ", ""))

    assert with_null.problems == ()
    assert with_null.workflow == load("name: x\nsteps: [{id: a, prompt: b}]").workflow


@pytest.mark.parametrize(
    ("written", "on_error", "retries"),
    [
        ('on_error: ""', OnError.DEFAULT, 0),
        ("on_error: fail", OnError.FAIL, 0),
        ("on_error: continue", OnError.CONTINUE, 0),
        ("on_error: skip", OnError.CONTINUE, 0),
        ("on_error: retry", OnError.DEFAULT, 1),
        ("on_error: retry, retry_count: 3", OnError.DEFAULT, 3),
        ("on_error: retry, retry_count: 0", OnError.DEFAULT, 0),
        ("on_error: ~", OnError.DEFAULT, 0),
    ],
)
def test_words_for_a_failure(
    written: str, on_error: OnError, retries: int, load: Callable[..., Bundle]
) -> None:
    bundle = load(f"name: x\nsteps: [{{id: a, prompt: b, {written}}}]")

    assert bundle.problems == ()
    assert (bundle.workflow.steps[0].on_error, bundle.workflow.steps[0].retry_count) == (on_error, retries)


def test_a_workflow_without_a_name_has_that_of_its_file(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load("steps: [{id: a, prompt: b}]")

    assert bundle.workflow.name == "workflow"
    assert told(bundle) == [
        "workflow.yaml:1:1: warning[GF114] the workflow has no `name`: `workflow` is used, after the file"
    ]


def test_a_limit_of_0_bounds_nothing(load: Callable[..., Bundle]) -> None:
    bundle = load("name: x\nconfig: {truncate: {strategy: chars, limit: 0}}\nsteps: [{id: a, prompt: b}]")

    assert bundle.problems == ()
    assert bundle.workflow.config.truncate is None


def test_an_unknown_format_is_markdown_with_a_warning(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load("name: x\nsteps: [{id: a, prompt: b}]\noutput: {format: markdwon}")

    assert bundle.workflow.output.format is OutputFormat.MARKDOWN
    assert told(bundle) == [
        "workflow.yaml:3:18: warning[GF112] unknown format `markdwon`: markdown is printed"
    ]
    assert bundle.problems[0].help == "did you mean `markdown`?"


def test_merge_keys_fill_in_what_is_not_written(load: Callable[..., Bundle]) -> None:
    bundle = load("""\
name: x
x-slow: &slow {timeout: 1h, retry_count: 1}
x-other: &other {retry_count: 2, model: big}
steps:
  - {id: a, prompt: b, <<: *slow}
  - {<<: [*slow, *other], id: b, prompt: c, timeout: 1m}
  - id: c
    <<: {<<: *other, prompt: merged}
""")

    assert bundle.problems == ()
    assert bundle.workflow.steps == (
        AgentStep(id="a", prompt="b", timeout_s=3600.0, retry_count=1),
        AgentStep(id="b", prompt="c", timeout_s=60.0, retry_count=1, model="big"),
        AgentStep(id="c", prompt="merged", retry_count=2, model="big"),
    )


def test_a_mistake_inside_an_alias_is_told_once(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(
        "name: x\nsteps:\n- {id: a, prompt: b, settings: &s {seed: x}}\n- {id: b, prompt: c, settings: *s}"
    )

    assert told(bundle) == ["workflow.yaml:3:42: error[GF107] `x` is not a whole number, 0 or more"]


def test_a_step_with_a_mistake_keeps_its_id_so_that_others_may_name_it(load: Callable[..., Bundle]) -> None:
    bundle = load("name: x\nsteps: [{id: a, timeout: soon}, [b], ~, {prompt: c}, {id: d, prompt: e}]")

    assert [step.id for step in bundle.workflow.steps] == ["a", "d"]
    span = bundle.locators[bundle.path].span(("steps", 1, "id"))
    assert (span.line, span.column) == (2, 59)


OTHER_CHARACTERS = "has other characters than the letters a to z, digits, `_` and `-`"


def test_every_mistake_is_told_at_once(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load("""\
naem: x
inputs:
  "a b": {default: [1]}
  n: {type: string}
config: {max_concurrency: -1, interactive: maybe, timeout: 5m, log_level: loud, provider: {api_key: x}}
agents:
  a: ./a.agent.md
  b: {prompt: hi}
  c: {file: x, inline: {prompt: {{inputs.n}}}}
  "": {inline: {prompt: x}}
steps:
  - id: 1
    prompt: {{inputs.n}}
    timeout: 5 minutes
    for_each: {items: [a]}
    on_error: {fallback: x}
  - id: ..
    promt: x
    on_error: ignore
    on_error: fail
    condition: {contains: YES}
    depends_on: a
    settings: {temperature: hot, extra_body: [a]}
  -
  - hello
  - !!python/object:os.system {id: q, prompt: x}
output: {steps: a}
budget: {tokens: 1, cost_usd: -0.5}
goflow: 2
""")

    assert told(bundle) == [
        "workflow.yaml:1:1: error[GF101] unknown key `naem` in a workflow",
        f"workflow.yaml:3:3: error[GF110] `a b` {OTHER_CHARACTERS}",
        "workflow.yaml:3:20: error[GF102] expected a text, found a list",
        "workflow.yaml:4:7: error[GF104] this version does not do `type` in an input yet",
        "workflow.yaml:5:27: error[GF107] `-1` is not a whole number, 0 or more",
        "workflow.yaml:5:44: error[GF108] `maybe` is neither `true` nor `false`",
        "workflow.yaml:5:51: error[GF104] this version does not do `timeout` in `config` yet",
        "workflow.yaml:5:75: error[GF105] `loud` is not one of `debug`, `info`, `warn`, `error`",
        "workflow.yaml:5:92: error[GF101] unknown key `api_key` in `provider`",
        "workflow.yaml:5:91: error[GF103] `provider` needs `type`",
        "workflow.yaml:7:6: error[GF102] expected an agent, found the text `./a.agent.md`",
        "workflow.yaml:8:7: error[GF101] unknown key `prompt` in an agent",
        "workflow.yaml:9:33: error[GF102] expected a text, found a mapping",
        "workflow.yaml:9:3: error[GF111] the agent `c` has both `file` and `inline`",
        "workflow.yaml:10:3: error[GF110] the name is empty",
        "workflow.yaml:13:13: error[GF102] expected a text, found a mapping",
        "workflow.yaml:14:14: error[GF106] `5 minutes` is not a duration",
        "workflow.yaml:15:5: error[GF104] this version does not do `for_each` in a step yet",
        "workflow.yaml:16:15: error[GF104] this version does not do `on_error: {fallback: …}` yet",
        "workflow.yaml:20:5: error[GF010] the key `on_error` is written twice",
        f"workflow.yaml:17:9: error[GF110] `..` {OTHER_CHARACTERS}",
        "workflow.yaml:18:5: error[GF101] unknown key `promt` in a step",
        "workflow.yaml:19:15: error[GF105] `ignore` is not one of `fail`, `continue`, `skip`, `retry`",
        "workflow.yaml:21:16: error[GF103] a condition needs `step`",
        "workflow.yaml:22:17: error[GF102] expected a list, found the text `a`",
        "workflow.yaml:23:29: error[GF109] `hot` is not a number",
        "workflow.yaml:23:46: error[GF102] expected a mapping, found a list",
        "workflow.yaml:24:4: error[GF102] expected a step, which is a mapping, found nothing",
        "workflow.yaml:25:5: error[GF102] expected a step, which is a mapping, found the text `hello`",
        "workflow.yaml:26:5: error[GF013] the tag `!!python/object:os.system` is not allowed",
        "workflow.yaml:27:17: error[GF102] expected a list, found the text `a`",
        "workflow.yaml:28:31: error[GF105] `-0.5` is less than nothing",
        "workflow.yaml:29:9: error[GF113] the language's version `2` is unknown",
        "workflow.yaml:1:1: warning[GF114] the workflow has no `name`: `workflow` is used, after the file",
    ]


@pytest.mark.parametrize(
    "key",
    [
        *("for_each", "repeat", "when", "run", "python", "workflow", "ask", "wait"),
        *("trigger", "finally", "terminate", "backend", "labels"),
    ],
)
def test_a_step_of_a_later_version_is_told_so(
    key: str, load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(f"name: x\nsteps:\n- id: a\n  prompt: b\n  {key}: x\n")

    assert told(bundle) == [f"workflow.yaml:5:3: error[GF104] this version does not do `{key}` in a step yet"]


NO_MAPPING = "the file holds no mapping at its top, so it is no workflow"
UTF16 = "not UTF-8: the byte 0xff at offset 0; the file looks like UTF-16"


@pytest.mark.parametrize(
    ("workflow", "expected"),
    [
        ("", "workflow.yaml:1:1: error[GF007] the file is empty"),
        ("# nothing\n", "workflow.yaml:1:1: error[GF007] the file is empty"),
        ("~\n", "workflow.yaml:1:1: error[GF007] the file is empty"),
        ("- a\n", f"workflow.yaml:1:1: error[GF009] {NO_MAPPING}"),
        ("hi\n", f"workflow.yaml:1:1: error[GF009] {NO_MAPPING}"),
        ("name: x\n", "workflow.yaml:1:1: error[GF103] a workflow needs `steps`"),
        ("name: x\nsteps: {a: b}\n", "workflow.yaml:2:8: error[GF102] expected a list, found a mapping"),
        (b"name: caf\xe9\n", "workflow.yaml:1:10: error[GF004] not UTF-8: the byte 0xe9 at offset 9"),
        ("name: é".encode("utf-16"), f"workflow.yaml:1:1: error[GF004] {UTF16}"),
    ],
)
def test_what_is_no_workflow_at_all(
    workflow: str | bytes, expected: str, load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    bundle = load(workflow)

    assert told(bundle) == [expected]
    assert bundle.workflow == Workflow(name=bundle.workflow.name, steps=())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("? [a]\n: b", "workflow.yaml:2:3: error[GF016] a key must be a text"),
        ("<<: y", "workflow.yaml:2:5: error[GF014] `<<` takes a mapping, or a list of mappings"),
        ("<<: [{}, y]", "workflow.yaml:2:10: error[GF014] `<<` takes a mapping, or a list of mappings"),
        ("name: y", "workflow.yaml:2:1: error[GF010] the key `name` is written twice"),
    ],
)
def test_keys_that_cannot_be(
    written: str, expected: str, load: Callable[..., Bundle], told: Callable[[Bundle], list[str]]
) -> None:
    assert told(load(f"name: x\n{written}\nsteps: [{{id: a, prompt: b}}]")) == [expected]
