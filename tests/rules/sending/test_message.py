import math
import uuid

import pytest

from pedcam.rules.sending.message import LONGEST, Message


def test_each_message_has_an_id_of_its_own_and_does_not_show_its_picture() -> None:
    one, other = Message("Alert", "Someone is there", picture=b"\xff\xd8secret"), Message("a", "b")
    assert uuid.UUID(one.id) != uuid.UUID(other.id)
    assert "secret" not in repr(one)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "x"},
        {"id": 1},
        {"attachments": None},
        {"seconds": math.nan},
        {"people": [1, 2]},
        {"text": "x" * LONGEST},
    ],
)
def test_fields_that_no_program_could_read_are_refused(fields: dict) -> None:
    with pytest.raises(ValueError, match=r"field|characters"):
        Message("Alert", "Someone is there", fields)


def test_an_id_that_would_be_a_path_is_refused() -> None:
    with pytest.raises(ValueError, match="UUID"):
        Message("Alert", "Someone is there", id="../../x")
