"""The wheel carries the app with its presets and demo clip, and runs far from the checkout."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

CHECKOUT = Path(__file__).parent.parent
PRESETS = sorted(path.name for path in (CHECKOUT / "models").glob("*.onnx"))


def build(kind: str, source: Path, folder: Path) -> Path:
    """Build what `kind` ("--wheel" or "--sdist") asks for, and return the one file it made."""
    subprocess.run(
        [sys.executable, "-m", "build", kind, "--no-isolation", "--outdir", folder, source],
        check=True,
    )
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("--wheel", CHECKOUT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return archive.namelist()


def names_in(folder: str, names: list[str]) -> list[str]:
    return sorted(PurePosixPath(name).name for name in names if name.startswith(f"{folder}/"))


def test_wheel_holds_the_app_only(names: list[str]) -> None:
    top = {PurePosixPath(name).parts[0] for name in names}
    assert {name.partition("-")[0] for name in top} == {"pedcam"}
    assert {f"pedcam/{path.name}" for path in (CHECKOUT / "pedcam").glob("*.py")} <= set(names)


def test_wheel_holds_every_preset_and_no_other_model_file(names: list[str]) -> None:
    assert names_in("pedcam/_bundled/models", names) == PRESETS


def test_wheel_holds_the_demo_clip_and_the_icon_and_no_other_asset(names: list[str]) -> None:
    icons = [path.name for path in (CHECKOUT / "assets").glob("icon.*")]
    assert names_in("pedcam/_bundled/assets", names) == sorted(["demo.mp4", *icons])


def test_wheel_built_from_the_sdist_is_the_same(names: list[str], tmp_path: Path) -> None:
    sdist = build("--sdist", CHECKOUT, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path)
    source = tmp_path / sdist.name.removesuffix(".tar.gz")
    with ZipFile(build("--wheel", source, tmp_path / "wheel")) as archive:
        assert sorted(archive.namelist()) == sorted(names)


def test_an_installed_pedcam_detects_in_its_demo_anywhere(wheel: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--target", installed, wheel],
        check=True,
    )
    program = (
        f"import sys; sys.path.insert(0, {str(installed)!r}); sys.argv[0] = 'pedcam'\n"
        "from pedcam import bundled, cli\n"
        f"assert bundled.models_folder().is_relative_to({str(installed)!r})\n"
        "sys.exit(cli.main())"
    )

    def pedcam(*arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-I", "-c", program, *arguments],
            cwd=elsewhere,
            # A home of its own, so that presets the developer added are not mistaken for ours.
            env=os.environ | {"HOME": str(elsewhere), "COLUMNS": "250"},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    listed = pedcam("presets")
    for preset in PRESETS:
        assert Path(preset).stem in listed
    pedcam("detect", "demo", "--preset", "tiny-14", "--csv", "people.csv")
    assert len((elsewhere / "people.csv").read_text().splitlines()) > 100
