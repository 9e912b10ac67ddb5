from pathlib import Path

import pytest

from pedcam import bundled

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The wheel's folder and the checkout's, both still empty."""
    wheel, checkout = tmp_path / "wheel", tmp_path / "checkout"
    monkeypatch.setattr(bundled, "_ROOTS", (wheel, checkout))
    return wheel, checkout


def put_files(root: Path) -> None:
    (root / "models").mkdir(parents=True)
    (root / "assets").mkdir()
    (root / "assets" / "demo.mp4").touch()


def test_the_wheels_own_files_come_first(roots: tuple[Path, Path]) -> None:
    for root in roots:
        put_files(root)
    assert bundled.models_folder() == roots[0] / "models"
    assert bundled.asset("demo.mp4") == roots[0] / "assets" / "demo.mp4"


def test_the_checkouts_files_serve_an_editable_install(roots: tuple[Path, Path]) -> None:
    put_files(roots[1])
    assert bundled.models_folder() == roots[1] / "models"
    assert bundled.asset("demo.mp4") == roots[1] / "assets" / "demo.mp4"


def test_a_missing_file_is_named_with_the_places_looked_in(roots: tuple[Path, Path]) -> None:
    with pytest.raises(FileNotFoundError, match=r"assets/demo\.mp4 is missing") as caught:
        bundled.asset("demo.mp4")
    for root in roots:
        assert str(root / "assets" / "demo.mp4") in str(caught.value)


def test_a_missing_models_folder_is_named(roots: tuple[Path, Path]) -> None:
    with pytest.raises(FileNotFoundError, match="models is missing"):
        bundled.models_folder()


def test_this_checkout_serves_its_own_models() -> None:
    assert bundled.models_folder() == CHECKOUT / "models"
