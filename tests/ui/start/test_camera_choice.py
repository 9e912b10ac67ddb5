import pytest

from pedcam.ui.start.camera_choice import camera_source, numbered_camera
from pedcam.video.sources.camera import CameraInfo
from pedcam.video.sources.spec import parse_source


@pytest.mark.parametrize(
    ("names", "chosen", "source"),
    [
        (["Webcam", "Microscope"], 0, "camera:Webcam"),
        # Part of another's name, twice the same, one with a sign that begins the settings, and one
        # that would be taken for a number.
        (["Webcam", "webcam pro"], 0, "10"),
        (["Webcam", "Webcam Pro"], 1, "camera:Webcam Pro"),
        (["Webcam", "Webcam"], 1, "11"),
        (["What?"], 0, "10"),
        (["7"], 0, "10"),
        ([" "], 0, "10"),
    ],
)
def test_a_camera_is_named_where_that_is_clear(names, chosen, source) -> None:
    cameras = [CameraInfo(10 + place, name) for place, name in enumerate(names)]
    assert camera_source(cameras[chosen], cameras) == source
    parse_source(source)


def test_what_is_asked_of_a_camera() -> None:
    camera = CameraInfo(3, "Webcam")
    source = camera_source(camera, [camera], (1280, 720), 30.0)
    assert source == "camera:Webcam?size=1280x720&rate=30"
    spec = parse_source(source)
    assert (spec.value, spec.size, spec.rate) == ("Webcam", (1280, 720), 30.0)
    assert camera_source(camera, [camera, camera], rate=29.97) == "camera:3?rate=29.97"
    assert numbered_camera(3, (640, 480)) == "camera:3?size=640x480"
    assert numbered_camera(3) == "3"
