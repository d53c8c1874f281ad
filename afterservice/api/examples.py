"""What calls about tickets send, from the rulebook's own cases."""

from afterservice.api import actions, tickets
from shopdesk.api.examples import illustrate

illustrate(
    tickets.TicketIn,
    A1={
        "tid": "4327000000000000777",
        "kind": "return",
        "problem": "changed_mind",
        "lines": [{"position": 1, "num": 1}],
        "text": "不喜欢，想退",
    },
    A7={
        "tid": "4327000000000000777",
        "kind": "exchange_sku",
        "problem": "changed_mind",
        "lines": [{"position": 1, "num": 1, "target_sku_id": 12}],
        "text": "穿着有点小，想换一下",
    },
)
illustrate(actions.WordsIn, A12={"text": "亲，马上为您处理", "channel": "wangwang"})
illustrate(actions.MessageIn, A12={"side": "from_buyer", "text": "什么时候发货", "channel": "wangwang"})
illustrate(actions.ReasonIn, A5={"reason": "签收超过七天"})
illustrate(actions.PostageIn, A7={"postage": "12.00"})
illustrate(actions.LinksIn, A7={"purpose": "postage", "links": ["4327000000000000778"]})
illustrate(actions.ReturnShippedIn, A7={"carrier": "zhongtong", "invoice_no": "73100000000002"})
illustrate(actions.InspectIn, A10={"result": "pass", "found": "完好"})
illustrate(actions.SettleIn, A9={"way": "refund", "reason": "退货", "seen": "486.60"})
illustrate(actions.FollowUpIn, A13={"satisfaction": 5, "remark": "满意"})
