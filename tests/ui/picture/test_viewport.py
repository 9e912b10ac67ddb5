import pytest

from pedcam.ui.picture.viewport import MOST_ZOOM, Viewport


@pytest.fixture
def whole() -> Viewport:
    """Twice as large as the picture, with 50 to spare above and below."""
    return Viewport((400.0, 300.0), (200, 100))


@pytest.fixture
def near() -> Viewport:
    """800 x 400, of which 400 x 300 can be seen."""
    return Viewport((400.0, 300.0), (200, 100), zoom=2.0)


def test_as_large_as_fits(whole: Viewport) -> None:
    assert whole.rect == whole.visible_rect == (0, 50, 400, 200)
    assert whole.scale == 2
    assert not whole.zoomed
    assert whole.to_widget(0.25, 0.5) == (100, 150)
    assert whole.to_picture(100, 150) == (0.25, 0.5)


def test_nearer(near: Viewport) -> None:
    assert near.rect == (-200, -50, 800, 400)
    assert near.visible_rect == (0, 0, 400, 300)
    assert near.scale == 4
    assert near.zoomed
    assert near.to_widget(0.5, 0.5) == (200, 150)
    assert near.to_picture(0, 0) == (0.25, 0.125)


def test_on_a_fine_screen() -> None:
    fine = Viewport((400.0, 300.0), (200, 100), ratio=2.0)
    assert fine.device_rect == (0, 100, 800, 400)
    assert fine.rect == (0, 50, 400, 200)
    assert fine.scale == 4


@pytest.mark.parametrize(
    ("widget", "picture", "ratio", "device_rect"),
    [
        # 301 pixels high, and 100 left over at the sides.
        ((401.0, 301.0), (100, 100), 1.0, (50, 0, 301, 301)),
        # 150.5 at a scale of 1.5 are 226 pixels, one more than are needed.
        ((100.0, 150.5), (200, 300), 1.5, (0, 0, 150, 225)),
        # Nothing vanishes.
        ((100.0, 100.0), (10_000, 10), 1.0, (0, 49, 100, 1)),
    ],
)
def test_edges_lie_on_whole_pixels(
    widget: tuple[float, float],
    picture: tuple[int, int],
    ratio: float,
    device_rect: tuple[int, int, int, int],
) -> None:
    assert Viewport(widget, picture, ratio).device_rect == device_rect


@pytest.mark.parametrize(
    ("about", "center"),
    [
        (None, (0.5, 0.5)),
        ((200.0, 150.0), (0.5, 0.5)),
        # A quarter from the left and from above stays where it is.
        ((100.0, 100.0), (0.375, 0.375)),
        # The upper edge may not leave the widget's.
        ((0.0, 50.0), (0.25, 0.375)),
        ((400.0, 250.0), (0.75, 0.625)),
    ],
)
def test_zooming_about_a_place(
    whole: Viewport, about: tuple[float, float] | None, center: tuple[float, float]
) -> None:
    nearer = whole.zoomed_to(2.0, about)
    assert (nearer.zoom, nearer.center) == (2.0, center)


def test_the_place_under_the_pointer_stays(near: Viewport) -> None:
    nearer = near.zoomed_to(4.0, (120.0, 90.0))
    assert nearer.to_picture(120, 90) == near.to_picture(120, 90)


@pytest.mark.parametrize(("wanted", "zoom"), [(0.1, 1.0), (3.5, 3.5), (99.0, MOST_ZOOM)])
def test_zoom_has_its_limits(near: Viewport, wanted: float, zoom: float) -> None:
    assert near.zoomed_to(wanted).zoom == zoom


def test_back_at_the_whole_picture_nothing_is_off_centre(near: Viewport) -> None:
    assert near.moved_by(100, 0).zoomed_to(1.0).center == (0.5, 0.5)


@pytest.mark.parametrize(
    ("moved", "center"),
    [
        ((100, -40), (0.375, 0.6)),
        ((1000, 0), (0.25, 0.5)),
        ((-1000, -1000), (0.75, 0.625)),
    ],
)
def test_moving(near: Viewport, moved: tuple[float, float], center: tuple[float, float]) -> None:
    assert near.moved_by(*moved).center == pytest.approx(center)


def test_a_whole_picture_does_not_move(whole: Viewport) -> None:
    assert whole.moved_by(50, 50).rect == whole.rect


def test_in_a_widget_that_has_grown_moving_starts_from_what_is_seen() -> None:
    # At the left edge of 800 x 400, in a widget of 400 x 300 that becomes one of 600 x 300.
    corner = Viewport((600.0, 300.0), (200, 100), zoom=4 / 3, center=(0.25, 0.5))
    assert corner.rect == (0, -50, 800, 400)
    # The centre of what is seen is at 300 of 800.
    assert corner.moved_by(-80, 0).center == pytest.approx((0.475, 0.5))


@pytest.mark.parametrize(
    ("picture", "zoom"), [((1600, 1200), 4.0), ((200, 100), 1.0), ((64_000, 48_000), MOST_ZOOM)]
)
def test_a_pixel_for_a_pixel(picture: tuple[int, int], zoom: float) -> None:
    assert Viewport((400.0, 300.0), picture).actual_zoom == zoom
