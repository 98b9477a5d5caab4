"""In = passed + refused + in flight, one reason each."""

from arbees.pipeline.funnel import Funnel, Reason, Stage


def test_nothing_vanishes() -> None:
    funnel = Funnel()
    for _ in range(3):
        funnel.enter(Stage.RISK)
    funnel.accept(Stage.RISK)
    funnel.refuse(Stage.RISK, Reason.KILLED)
    assert funnel.in_flight(Stage.RISK) == 1
    assert funnel.table()["risk"] == {
        "in": 3,
        "passed": 1,
        "refused": {"killed": 1},
        "in_flight": 1,
    }
    funnel.refuse(Stage.DETECT, Reason.KILLED)
    assert funnel.reasons() == {"killed": 2}
