import pytest

from pedcam.rules.sending.addresses import MAX_ADDRESSES, Address
from pedcam.ui.alerts.addresses import AddressList, Answer

PHONE, HOOK = Address("Phone", "ntfy://topic"), Address("Hook", "json://host", enabled=False)


@pytest.fixture
def addresses() -> AddressList:
    made = AddressList()
    made.show([PHONE, HOOK], "kept somewhere")
    return made


def test_they_are_added_changed_and_removed(addresses: AddressList) -> None:
    changes: list[int] = []
    addresses.subscribe(lambda: changes.append(len(addresses.items or ())))
    mail = Address("Mail", "mailto://a:b@c.de")
    addresses.put(mail)
    addresses.put(Address("Phone", "ntfy://other"), PHONE)
    addresses.enable(HOOK, True)
    addresses.remove(mail)
    assert addresses.items == (Address("Phone", "ntfy://other"), Address("Hook", "json://host"))
    assert changes == [3, 3, 3, 2]
    addresses.remove(mail)
    assert len(changes) == 4


def test_one_that_is_gone_meanwhile_is_added_again(addresses: AddressList) -> None:
    addresses.remove(PHONE)
    addresses.put(Address("Mobile", "ntfy://topic"), PHONE)
    assert [item.name for item in addresses.items or ()] == ["Hook", "Mobile"]


def test_no_two_have_one_name(addresses: AddressList) -> None:
    with pytest.raises(ValueError, match="hook"):
        addresses.put(Address("hook", "x://y"))
    with pytest.raises(ValueError, match="Hook"):
        addresses.put(Address("Hook", "ntfy://topic"), PHONE)
    assert addresses.items == (PHONE, HOOK)


def test_there_is_an_end_to_them(addresses: AddressList) -> None:
    for number in range(MAX_ADDRESSES - 2):
        addresses.put(Address(str(number), "x://y"))
    with pytest.raises(ValueError, match="50"):
        addresses.put(Address("one more", "x://y"))


def test_an_answer_is_about_the_address_as_it_was(addresses: AddressList) -> None:
    addresses.answer(PHONE, Answer("The server has nothing at this address.", failed=True))
    assert addresses.answers[PHONE].failed
    assert Address("Phone", "ntfy://right") not in addresses.answers


def test_problems_go_with_what_is_shown_next(addresses: AddressList) -> None:
    addresses.fail("The disk is full.")
    assert (addresses.problem, addresses.items) == ("The disk is full.", (PHONE, HOOK))
    addresses.show([], "")
    assert (addresses.problem, addresses.items) == ("", ())
