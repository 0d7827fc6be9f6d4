from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from goflow.errors import UsageError
from goflow.loader.attachments import GivenAttachments, NotAttached, _Shelf, read_attachments
from goflow.loader.load import load_bundle
from goflow.loader.reader import MEGABYTE, DiskReader, RecordedReader
from goflow.workflow import Attachment, Bundle, SourceRole

PNG = b"\x89PNG\r\n\x1a\n rest"
FLOW = """\
name: x
inputs: {picture: {default: ""}, part: {default: b}}
steps:
- {id: a, prompt: b, attach: [pictures/a.png, "{{inputs.picture}}", "notes/{{inputs.part}}.txt"]}
- {id: b, prompt: b, attach: [pictures/a.png]}
- {id: c, prompt: b}
"""
FILES: Mapping[str, str | bytes] = {
    "flows/w.yaml": FLOW,
    "flows/pictures/a.png": PNG,
    "flows/notes/b.txt": "notes",
    "other.png": PNG + b"2",
    "outside.txt": "no secret",
}
INPUTS = {"picture": "", "part": "b"}


@pytest.fixture
def flow(write: Callable[..., None], tmp_path: Path) -> Bundle:
    """Return a workflow below the folder that is the current one."""
    write({f"work/{name}": content for name, content in FILES.items()})
    bundle = load_bundle("flows/w.yaml", cwd=tmp_path / "work")
    assert bundle.problems == ()
    return bundle


def attached(bundle: Bundle, tmp_path: Path, **inputs: str) -> GivenAttachments:
    return read_attachments(bundle, {**INPUTS, **inputs}, cwd=tmp_path / "work")


def names(found: GivenAttachments) -> dict[str, list[str]]:
    return {step: [file.name for file in files] for step, files in found.by_step.items()}


def test_files_are_read_with_their_kind_and_digest(flow: Bundle, tmp_path: Path) -> None:
    found = attached(flow, tmp_path, picture="../other.png")

    assert names(found) == {"a": ["a.png", "other.png", "b.txt"], "b": ["a.png"]}
    assert found.by_step["b"] == (
        Attachment(name="a.png", media_type="image/png", digest=hashlib.sha256(PNG).hexdigest()),
    )
    assert found.by_step["a"][2].media_type == "text/plain"


def test_each_file_is_a_source_of_the_run_once(flow: Bundle, tmp_path: Path) -> None:
    found = attached(flow, tmp_path, picture="pictures/a.png")
    sources = [source for source in (*flow.sources, *found.sources) if source.role is SourceRole.ATTACHMENT]

    assert [(Path(source.path).name, source.content) for source in sources] == [
        ("a.png", PNG),
        ("b.txt", b"notes"),
    ]


def test_a_run_goes_on_with_the_bytes_that_were_recorded(flow: Bundle, tmp_path: Path) -> None:
    found = attached(flow, tmp_path, picture="../other.png")
    recorded = (*flow.sources, *found.sources)
    for name in FILES:
        (tmp_path / "work" / name).unlink()

    bundle = load_bundle("flows/w.yaml", cwd=tmp_path / "work", reader=RecordedReader(recorded))
    again = read_attachments(
        bundle, {**INPUTS, "picture": "../other.png"}, cwd=tmp_path / "work", recorded=recorded
    )

    assert bundle.problems == ()
    assert again == found


def test_what_is_empty_is_left_out_and_blanks_around_a_path_too(flow: Bundle, tmp_path: Path) -> None:
    assert names(attached(flow, tmp_path, picture=" \n"))["a"] == ["a.png", "b.txt"]
    assert names(attached(flow, tmp_path, picture="../other.png\n"))["a"] == ["a.png", "other.png", "b.txt"]


def test_a_file_of_the_workflow_itself_can_be_attached(flow: Bundle, tmp_path: Path) -> None:
    found = attached(flow, tmp_path, picture="w.yaml")

    assert names(found)["a"][1] == "w.yaml"
    assert [source.role for source in found.sources] == [SourceRole.ATTACHMENT]


@pytest.mark.parametrize(
    ("picture", "code", "message"),
    [
        ("none.png", "GF127", "the attached file `none.png` of step `a` does not exist"),
        ("pictures", "GF127", "the attached file `pictures` of step `a` is a folder"),
        ("a\0b", "GF127", "the attached file `a\\u0000b` of step `a` cannot be read: the name is not valid"),
        ("../../secret.txt", "GF128", "the attached file `../../secret.txt` of step `a` stands elsewhere"),
        ("../../none.txt", "GF128", "the attached file `../../none.txt` of step `a` stands elsewhere"),
        ("/etc/passwd", "GF128", "the attached file `/etc/passwd` of step `a` stands elsewhere"),
        (
            "/proc/self/environ",
            "GF128",
            "the attached file `/proc/self/environ` of step `a` stands elsewhere",
        ),
        ("link.txt", "GF128", "the attached file `link.txt` of step `a` stands elsewhere"),
        ("folder/secret.txt", "GF128", "the attached file `folder/secret.txt` of step `a` stands elsewhere"),
        ("loop", "GF127", "the attached file `loop` of step `a` cannot be read: too many levels of symbolic"),
        ("~/x", "GF127", "the attached file `~/x` of step `a` does not exist"),
        ("{{inputs.part}}", "GF127", "the attached file `{{inputs.part}}` of step `a` does not exist"),
    ],
)
def test_a_file_that_cannot_be_attached_stops_the_run_before_it_begins(
    picture: str, code: str, message: str, *, flow: Bundle, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (tmp_path / "work/flows/link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "work/flows/folder").symlink_to(tmp_path)
    (tmp_path / "work/flows/loop").symlink_to("loop")

    with pytest.raises(NotAttached) as caught:
        attached(flow, tmp_path, picture=picture)

    assert isinstance(caught.value, UsageError)
    assert caught.value.code == code
    assert caught.value.message.startswith(message)


def test_a_link_that_stays_inside_is_followed(flow: Bundle, tmp_path: Path) -> None:
    (tmp_path / "work/flows/link.png").symlink_to("../other.png")

    assert names(attached(flow, tmp_path, picture="link.png"))["a"][1] == "link.png"


def test_a_known_file_elsewhere_is_not_attached_either(write: Callable[..., None], tmp_path: Path) -> None:
    write(
        {
            "work/w.yaml": "name: x\ninputs: {f: }\nagents: {g: {file: ../g.md}}\n"
            'steps: [{id: a, prompt: b, agent: g, attach: ["{{inputs.f}}"]}]\n',
            "g.md": "an agent",
        }
    )
    bundle = load_bundle("w.yaml", cwd=tmp_path / "work")
    assert bundle.problems == ()

    with pytest.raises(NotAttached, match="stands elsewhere"):
        read_attachments(bundle, {"f": "../g.md"}, cwd=tmp_path / "work")


class MovingReader(DiskReader):
    """Reads the disk, where a link takes the place of each file that has been read."""

    def read(self, path: Path, *, limit: int) -> bytes:
        content = super().read(path, limit=limit)
        path.unlink()
        path.symlink_to("/etc/hostname")
        return content


class SwappingReader(DiskReader):
    """Reads the disk, where a link comes to lead to another file meanwhile."""

    def read(self, path: Path, *, limit: int) -> bytes:
        content = super().read(path, limit=limit)
        (path.parent / "link.png").unlink()
        (path.parent / "link.png").symlink_to("outside.txt")
        return content


def test_a_file_that_becomes_a_link_while_it_is_read_is_refused(flow: Bundle, tmp_path: Path) -> None:
    shelf = _Shelf(tmp_path / "work/flows", tmp_path / "work", MovingReader(), flow.sources)

    with pytest.raises(NotAttached, match="it stands elsewhere"):
        shelf.read("../other.png", "it")
    assert shelf.added == {}


def test_a_file_that_is_moved_while_it_is_read_is_refused(flow: Bundle, tmp_path: Path) -> None:
    (tmp_path / "work/link.png").symlink_to("other.png")
    shelf = _Shelf(tmp_path / "work/flows", tmp_path / "work", SwappingReader(), flow.sources)

    with pytest.raises(NotAttached, match="it was moved while it was read"):
        shelf.read("../link.png", "it")


def test_a_file_has_20_mb_at_most_and_a_step_50(flow: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "work/flows"
    for name, size in (("large", 20), ("larger", 21)):
        with (folder / name).open("wb") as file:
            file.truncate(size * MEGABYTE)

    assert names(attached(flow, tmp_path, picture="large"))["a"][1] == "large"
    with pytest.raises(NotAttached, match="`larger` of step `a` is larger than 20 MB"):
        attached(flow, tmp_path, picture="larger")


def test_what_is_wrong_with_paths_without_inputs_is_told_where_they_stand(
    load: Callable[..., Bundle], told: Callable[[Bundle], list[str]], tmp_path: Path
) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(20 * MEGABYTE)
    bundle = load("""\
name: x
steps:
- {id: a, prompt: b, attach: [~, none.txt, /etc/hosts, "{{inputs.x}}", "", workflow.yaml]}
- {id: b, prompt: b, attach: [large, large, large, large]}
""")

    assert told(bundle) == [
        "workflow.yaml:3:34: error[GF127] the attached file `none.txt` of step `a` does not exist",
        "workflow.yaml:3:44: error[GF128] the attached file `/etc/hosts` of step `a` stands elsewhere",
        "workflow.yaml:4:45: error[GF127] the attached file `large` of step `b` is too much",
        "workflow.yaml:4:52: error[GF127] the attached file `large` of step `b` is too much",
    ]
    assert bundle.problems[2].help == "the files of one step have at most 50 MB together"


def test_no_more_files_are_read_than_a_prompt_takes(load: Callable[..., Bundle]) -> None:
    paths = ", ".join(["workflow.yaml"] * 20 + ["none.txt"])

    assert load(f"name: x\nsteps: [{{id: a, prompt: b, attach: [{paths}]}}]\n").problems == ()
