from env import World


def test_turns_back_to_the_middle() -> None:
    assert World(3).turn() == "left"
    assert World(-3).turn() == "right"
