"""What is said, shown and decided about a request in the made-up shop, step by step, by the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from afterservice.models import Evidence, Ticket, TicketMessage
from afterservice.services import deciding, evidence, messages
from shopdesk.base.models import Staff
from shopdesk.desk.demo import pictures
from shopdesk.desk.demo.drafts import Draft
from shopdesk.desk.demo.makers import Workshop

Step = Callable[[int], None]
WANGWANG = TicketMessage.Channel.WANGWANG


class TicketSteps:
    """Steps of a ticket at so many hours ago, by its owner."""

    def __init__(self, workshop: Workshop) -> None:
        self._now = workshop.now
        self._agent, self._colleague = workshop.crew.agents[:2]
        self._warehouse = workshop.crew.warehouse[0]
        # Pictures have a chance of their own: how many there are changes nothing else.
        self._random = Random(workshop.random.random())  # noqa: S311 (made-up data)

    def _told(self, hours: float, text: str) -> Step:
        return lambda number: self._say(number, TicketMessage.Side.TO_BUYER, text, hours)

    def _heard(self, hours: float, text: str) -> Step:
        return lambda number: self._say(number, TicketMessage.Side.FROM_BUYER, text, hours)

    def _talk(self, hours: float) -> tuple[Step, ...]:
        return (
            self._told(hours, "亲，您的情况我们看过了，先跟您说明一下规则。"),
            self._heard(hours - 0.3, "我不管，就是要退。"),
            self._told(hours - 0.5, "亲，很抱歉，这个不在可退范围，我们可以给您一张优惠券。"),
            self._picture(hours - 0.6, Evidence.Stage.TALK, "聊天记录"),
        )

    def _photo(self, hours: float, *, flawed: bool = True) -> Step:
        return self._picture(hours, Evidence.Stage.REQUEST, "买家照片", flawed=flawed)

    def _picture(self, hours: float, stage: str, name: str, *, flawed: bool = True) -> Step:
        def add(number: int) -> None:
            file = f"{name}{number}.jpg"
            shown = (
                pictures.chat(self._random, file)
                if stage == Evidence.Stage.TALK
                else pictures.goods(self._random, file, flawed=flawed)
            )
            evidence.add(number, shown, stage=stage, actor=self._owner(number), now=self._ago(hours))

        return add

    def _accepted(self, hours: float) -> Step:
        def accept(number: int) -> None:
            deciding.accept(number, reason="按规则处理", actor=self._owner(number), now=self._ago(hours))

        return accept

    def _asked(self, hours: float, reason: str) -> Step:
        def ask(number: int) -> None:
            deciding.ask_exception(number, reason=reason, actor=self._owner(number), now=self._ago(hours))

        return ask

    def _refused(self, hours: float, reason: str) -> Step:
        def refuse(number: int) -> None:
            deciding.refuse(number, reason=reason, actor=self._owner(number), now=self._ago(hours))

        return refuse

    def _platform(self, hours: float, due_in: float, text: str) -> Step:
        def step_in(number: int) -> None:
            due_at = self._now + timedelta(hours=due_in)
            deciding.step_in(
                number, due_at=due_at, text=text, actor=self._owner(number), now=self._ago(hours)
            )

        return step_in

    def _say(self, number: int, side: str, text: str, hours: float) -> None:
        messages.say(
            number, side=side, text=text, channel=WANGWANG, actor=self._owner(number), now=self._ago(hours)
        )

    def _who(self, draft: Draft) -> Staff:
        return (self._agent, self._colleague)[int(draft.order.tid[-1]) % 2]

    def _owner(self, number: int) -> Staff:
        owner = Ticket.objects.select_related("owner").get(pk=number).owner
        return owner or self._agent

    def _ago(self, hours: float) -> datetime:
        return self._now - timedelta(hours=hours)
