"""What calls about orders send, from the rulebook's own cases."""

from orders.api import actions, placing, warehouse
from shopdesk.api.examples import illustrate

illustrate(
    placing.OrderTold,
    D1={
        "tid": "4327000000000000777",
        "buyer_nick": "小美",
        "status": "WAIT_BUYER_PAY",
        "payment": "492.60",
        "post_fee": "6.00",
        "goods_payable": "486.60",
        "created": "2026-11-22T10:00:00+08:00",
        "receiver_name": "张三",
        "receiver_address": "上海 上海市 浦东新区 世纪大道1号",
        "receiver_mobile": "13800000000",
        "orders": [
            {"oid": "1", "title": "小白鞋", "price": "499.00", "num": 1, "payment": "486.60",
             "sku_properties_name": "颜色分类：白色;尺码：37"}
        ],
    },
)  # fmt: skip
illustrate(
    actions.PaymentIn,
    O5={
        "payment_no": "2026112222001",
        "amount": "492.60",
        "paid_at": "2026-11-22T10:05:00+08:00",
        "method": "huabei",
    },
)
illustrate(
    actions.CloseIn,
    O6={"channel": "wangwang", "agreed_at": "2026-11-22T10:30:00+08:00", "remark": "买家不要了"},
)
illustrate(actions.DropLinesIn, O7={"positions": [2], "reason": "unwanted"})
illustrate(
    actions.PriceIn, O8={"carrier": None}, P1={"wish": "special_price", "total": "480.00", "reason": "老客户"}
)
illustrate(actions.ChangeSkuIn, O9={"position": 1, "sku_id": 12, "terms": "keep"})
illustrate(
    actions.ChangeAddressIn, O10={"receiver_address": "浙江省 杭州市 余杭区 文一西路1号", "terms": "keep"}
)
illustrate(
    actions.FlagIn,
    N1={"seller_flag": 4},
    N3={
        "seller_flag": 1,
        "label": "改地址",
        "text": "客户要求修改地址",
        "addressee": "warehouse",
        "until": "2026-11-23T17:30:00+08:00",
    },
)
illustrate(actions.NoteIn, N2={"text": "A和B已发，单号是中通7551"})
illustrate(actions.RefundIn, F4={"positions": [1], "reason": "不想要了"})
illustrate(warehouse.ShipIn, F6={"carrier": "zhongtong", "invoice_no": "73100000000001"})
illustrate(warehouse.PullIn, F2={"reason": "客户改地址"})
illustrate(warehouse.AcknowledgeIn, F2={"found": True})
