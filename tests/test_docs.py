"""The documentation site is built without a warning, and every command and program on it works.

Commands are really run, on ten frames of the demo. :data:`STAND_INS` says what stands in for what
is not here, :data:`PROGRAMS` what is done instead where that would take another machine.
"""

import contextlib
import importlib
import io
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config

from pedcam import bundled, cli
from pedcam.headless import cluster
from pedcam.headless.batch import Outcome
from pedcam.headless.ranges import Job, whole
from pedcam.rules.rules_file import read_rules
from pedcam.ui import app
from pedcam.video.sources.spec import parse_source
from tests.markdown import broken_links, code_blocks
from tests.rules.sending.webhook import Webhook
from tests.test_readme import marked_commands

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).parent.parent
SITE = CHECKOUT / "docs" / "mkdocs.yml"
PAGES = sorted((CHECKOUT / "docs" / "pages").glob("*.md"))

STAND_INS = {
    "detect demo --end 4": "detect walk.mp4",
    "rtsp://192.0.2.7/live": "walk.mp4",
    "ntfy://example-topic": "json://127.0.0.1:{port}",
    "--port 9107": "--port 0",
    "/videos/": "videos/",
    "pedestrian-12@768x448": "tiny-14@768x448",
    "pedestrian-19": "tiny-14",
    "mine-12": "tiny-26",
    "--runs 20": "--runs 1",
}
"""What pages name, and what stands in for it."""

FILES = ("--output", "--csv", "--jsonl", "--coco")


def run_pedcam(words: Sequence[str]) -> None:
    code = cli.main(words)
    # Whatever is missing on this machine, doctor has said so.
    assert code == 0 or words == ["doctor"]
    if words[0] in ("detect", "watch"):
        for option in set(FILES).intersection(words):
            assert Path(words[words.index(option) + 1]).exists(), option


def run_in_shell(*words: str) -> None:
    subprocess.run(words, check=True)


def run_python(words: Sequence[str]) -> None:
    pytest.importorskip("torch", reason="training needs torch")
    if words[0] == "-m":
        assert not importlib.import_module(words[1]).main(words[2:])
    else:
        parse_training(words)


def parse_training(words: Sequence[str]) -> None:
    assert words[0] == "training/train.py"
    importlib.import_module("training.run.command").parse(words[1:])


def parse_torchrun(words: Sequence[str]) -> None:
    torchrun = pytest.importorskip("torch.distributed.run", reason="training needs torch")
    parsed = torchrun.parse_args(words)
    parse_training([parsed.training_script, *parsed.training_script_args])


def parse_ray(words: Sequence[str]) -> None:
    scripts = pytest.importorskip("ray.scripts.scripts", reason="the cluster needs Ray")
    scripts.cli.commands[words[0]].make_context(words[0], list(words[1:]))


def find_extra(words: Sequence[str]) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (extra,) = re.findall(r"\[(\w+)\]", " ".join(words))
    assert words[0] == "install"
    assert extra in project["optional-dependencies"]


def find_files(words: Sequence[str]) -> None:
    """Of what needs systemd or Docker, the files must be there."""
    for word in words:
        if "/" in word and not word.startswith("/"):
            assert (CHECKOUT / word).is_file(), word


PROGRAMS: dict[str, Callable[[Sequence[str]], None]] = {
    "pedcam": run_pedcam,
    "python": run_python,
    "chmod": lambda words: run_in_shell("chmod", *words),
    "echo": lambda words: Path(words[-1]).write_text(f"{words[0]}\n") and None,
    "pip": find_extra,
    "ray": parse_ray,
    "torchrun": parse_torchrun,
    "docker": find_files,
    "journalctl": find_files,
    "sudo": find_files,
}


def try_bash(text: str) -> None:
    for line in text.splitlines():
        # These take a new environment; .ci/run runs the one, whoever reads README the other.
        if line not in marked_commands().values():
            words = shlex.split(line)
            PROGRAMS[Path(words[0]).name](words[1:])


def try_python(text: str, printed: str | None) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(text, "docs", "exec"), {})
    assert printed is None or out.getvalue() == printed


def try_yaml(text: str) -> None:
    Path("rules.yaml").write_text(text, encoding="utf-8")
    assert read_rules(Path("rules.yaml")).rules


def try_csv(text: str) -> None:
    header, _, rows = Path("people.csv").read_text(encoding="utf-8").partition("\n")
    assert header.strip() == text.strip()
    assert rows


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of ten frames, photographs of it with labels, rules, and two presets."""
    folder = tmp_path_factory.mktemp("originals")
    days = ("day1", "day2", "videos/day1")
    for name in ("photos", "models", *days):
        (folder / name).mkdir(parents=True)
    for name in ("tiny-14.onnx", "tiny-26.onnx"):
        shutil.copy(bundled.models_folder() / name, folder / "models")
    models = ["--models", str(folder / "models"), "--preset", "tiny-14"]
    clip = folder / "walk.mp4"
    words = ["detect", "demo", "--end", "0.4", "--output", str(clip), "--clean"]
    assert cli.main([*words, *models]) == 0
    for day in days:
        shutil.copy(clip, folder / day)
    _, picture = cv2.VideoCapture(str(clip)).read()
    height, width = picture.shape[:2]
    cv2.imwrite(str(folder / "photos" / "0.png"), picture)
    labels: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "0.png", "width": width, "height": height}],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 90, 200], "area": 18000}
        ],
    }
    for name in ("labels.json", "test.json"):
        (folder / name).write_text(json.dumps(labels))
    (page,) = (page for page in PAGES if page.stem == "be-notified")
    (rules,) = (text for language, text in code_blocks(page) if language == "yaml")
    (folder / "rules.yaml").write_text(rules)
    return folder


@pytest.fixture
def desk(originals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody tries out a page: a copy of the originals, which is the working directory."""
    shutil.copytree(originals, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEDCAM_MODELS", str(tmp_path / "models"))

    def run_window(source: str | None, *_: Any, **__: Any) -> int:
        assert source is None or parse_source(source)
        return 0

    monkeypatch.setattr(app, "run_window", run_window)
    monkeypatch.setattr(cluster, "Cluster", Nearby)
    return tmp_path


class Nearby:
    """A cluster that is this process."""

    def __init__(self, address: str | None) -> None:
        assert address in (None, "auto")

    def __enter__(self) -> "Nearby":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, jobs: Sequence[Job], **_: Any) -> list[Outcome]:
        return [Outcome(job.task, summary=None if job.task.done else whole(job)) for job in jobs]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.usefixtures("desk")
def test_whatever_a_page_says_works(page: Path) -> None:
    with contextlib.closing(Webhook()) as webhook:
        blocks = code_blocks(page)
        for number, (language, text) in enumerate(blocks):
            for name, stand_in in STAND_INS.items():
                text = text.replace(name, stand_in.format(port=webhook.port))
            following = blocks[number + 1] if number + 1 < len(blocks) else ("", "")
            match language:
                case "bash":
                    try_bash(text)
                case "python":
                    try_python(text, following[1] if following[0] == "text" else None)
                case "yaml":
                    try_yaml(text)
                case "csv":
                    try_csv(text)
                case _:
                    assert (language, blocks[number - 1][0]) == ("text", "python")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere_in_the_checkout_too(page: Path) -> None:
    assert broken_links(page) == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The built site: the text of each page by its name."""
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(SITE), site_dir=str(folder), strict=True))
    return {
        page.relative_to(folder).as_posix(): page.read_text(encoding="utf-8")
        for page in folder.rglob("*.html")
    }


def test_every_page_is_in_the_menu(site: dict[str, str]) -> None:
    menu = yaml.safe_load(SITE.read_text(encoding="utf-8"))["nav"]
    assert {page.name for page in PAGES} <= set(re.findall(r"'([^']+\.md)'", str(menu)))
    assert {f"{page.stem}.html" for page in PAGES} <= set(site)


def test_nothing_is_loaded_from_elsewhere(site: dict[str, str]) -> None:
    for name, text in site.items():
        loading = r"<(?:script|img|link|iframe|source)[^>]+(?:src|href)=[\"']?(?:https?:)?//"
        assert re.search(loading, text) is None, name


def test_every_command_is_explained(site: dict[str, str]) -> None:
    for command in ("pedcam", *(f"pedcam {name}" for name in cli.COMMANDS)):
        assert f"usage: {command} [-h]" in site["commands.html"]


def test_the_python_interface_is_explained(site: dict[str, str]) -> None:
    for name in ("detect.pool.load_pool", "headless.detect.detect_video", "rules.rules_file"):
        assert f'id="pedcam.{name}"' in site["python.html"]
