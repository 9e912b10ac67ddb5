from pedcam.ui.base.messages import Message, Messages


def test_messages_wait_for_their_turn() -> None:
    messages = Messages()
    messages.post("first")
    messages.post("second")
    messages.post("first")
    assert (messages.current, messages.count) == (Message("first"), 2)
    messages.dismiss()
    assert messages.current == Message("second")
    messages.dismiss()
    messages.dismiss()
    assert messages.current is None


def test_news_of_a_topic_replaces_the_old_and_goes_first() -> None:
    messages = Messages()
    messages.post("a damaged file")
    messages.post("try 1", "source")
    messages.post("try 2", "source")
    assert (messages.current, messages.count) == (Message("try 2", "source"), 2)
    messages.withdraw("source")
    assert (messages.current, messages.count) == (Message("a damaged file"), 1)
