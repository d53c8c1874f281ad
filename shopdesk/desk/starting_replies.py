"""The canned replies that a new shop starts with, for every moment, in both languages (T3)."""

from collections.abc import Mapping

from shopdesk.desk.rules.replies import Moment, ReplyRequest
from shopdesk.desk.rules.reply_claims import Claim


def _reply(
    moment: Moment, title: str, title_en: str, text: str, text_en: str, *claims: Claim
) -> ReplyRequest:
    return ReplyRequest(moment, title, text, title_en, text_en, claims)


STARTING_REPLIES: Mapping[str, ReplyRequest] = {
    "greeting": _reply(
        Moment.GREETING,
        "进店问候",
        "Welcome",
        "亲，您好，欢迎光临小店～有什么可以帮您的吗？尺码、颜色、发货时间都可以问我哦。",
        "Hello and welcome! What can I do for you? Ask me about sizes, colours or delivery times.",
    ),
    "greeting_busy": _reply(
        Moment.GREETING,
        "咨询较多请稍等",
        "One moment, please",
        "亲，不好意思让您久等了，现在咨询的人比较多，您先留言，我按顺序马上回复您，谢谢您的耐心。",
        "Sorry to keep you waiting: many are asking just now. Leave your question and I answer in turn. Thank you.",
    ),
    "greeting_address": _reply(
        Moment.GREETING,
        "核对订单和地址",
        "Check goods and address",
        "亲，麻烦核对一下您的订单 {tid}：{goods}。收货地址：{address}。没有问题的话回复“好的”就可以啦，需要修改请马上告诉我。",
        "Please check your order {tid}: {goods}. It goes to: {address}. If all is right just say so; if not, tell me now.",
    ),
    "price_total": _reply(
        Moment.PRICE,
        "改价后请付款",
        "Price changed, please pay",
        "亲，您的订单 {tid} 已为您改价，现在一共是 {payment}（含邮费 {post_fee}），刷新一下页面就可以付款啦，请在{pay_by}前完成哦。",
        "The price of your order {tid} has been changed: {payment} in all, {post_fee} of it postage. Refresh the page "
        "and pay by {pay_by}, please.",
        Claim.PRICED,
        Claim.UNPAID,
    ),
    "price_explained": _reply(
        Moment.PRICE,
        "价格怎么算的",
        "How the price comes about",
        "亲，这单一共 {payment}，其中邮费 {post_fee}。会员折扣是按累计消费分段计算的，系统已经按对您最优惠的方式算好了，您可以放心。",
        "This order comes to {payment}, {post_fee} of it postage. The members' discount goes by brackets of what you "
        "spent so far and is worked out already.",
    ),
    "price_fixed": _reply(
        Moment.PRICE,
        "不议价",
        "No bargaining",
        "亲，真的很抱歉，小店的价格都是实价，已经是最低啦。三天内同一地址的订单可以累计包邮，这样更划算哦。",
        "I am sorry, our prices are as low as we can make them. Orders of three days to one address add up for free "
        "postage, which saves you more.",
    ),
    "payment_received": _reply(
        Moment.PAYMENT,
        "付款成功",
        "Thank you for paying",
        "亲，收到您的付款啦，谢谢您的支持！订单 {tid} 我们会在{ship_by}前为您发出，寄出以后单号会同步到订单里。",
        "Your payment has arrived, thank you! We ship order {tid} by {ship_by}; the tracking number will stand in "
        "your order then.",
        Claim.PAID,
        Claim.NOT_SHIPPED,
    ),
    "payment_how": _reply(
        Moment.PAYMENT,
        "付款方式",
        "Ways to pay",
        "亲，支付宝余额、余额宝、花呗、银行卡快捷支付、找人代付都可以的。小店不支持货到付款，请您谅解。",
        "You can pay by Alipay balance, Yu'e Bao, Huabei, quick pay by bank card, or let a friend pay. We do not offer "
        "cash on delivery.",
    ),
    "payment_trouble": _reply(
        Moment.PAYMENT,
        "付款遇到问题",
        "Trouble with paying",
        "亲，付款不成功的话，可以换一张银行卡或者换个浏览器试试，也可以找朋友代付。订单会为您保留到{pay_by}，有问题随时找我。",
        "If the payment fails, try another card or browser, or let a friend pay. Your order is kept until {pay_by}; "
        "just ask me if it does not work.",
        Claim.UNPAID,
    ),
    "chasing_gentle": _reply(
        Moment.CHASING,
        "温馨提醒付款",
        "A friendly reminder",
        "亲，您拍下的 {goods} 还没有付款哦，宝贝先为您留着，还剩{time_left}订单就会自动关闭。喜欢的话记得尽快付款，我们好早点为您安排。",
        "Your order of {goods} is still unpaid. We keep it for you, and it closes by itself in {time_left}. Pay soon "
        "and we can start on it.",
        Claim.UNPAID,
    ),
    "chasing_help": _reply(
        Moment.CHASING,
        "询问未付款原因",
        "May I help?",
        "亲，看到订单 {tid} 还没有付款，是尺码、颜色拿不准，还是付款时遇到问题了呢？告诉我，我来帮您。",
        "I see that order {tid} is still unpaid. Are you unsure about size or colour, or does paying not work? Tell me "
        "and I will help.",
        Claim.UNPAID,
    ),
    "chasing_closed": _reply(
        Moment.CHASING,
        "订单已关闭可重拍",
        "Closed; order again",
        "亲，您的订单 {tid} 因为超时没有付款，订单已关闭。如果还喜欢这件宝贝，可以重新拍下，我马上帮您核对。",
        "The time to pay ran out for {tid}, so the order is closed. If you still like it, order it again and I "
        "check it at once.",
        Claim.CLOSED,
    ),
    "shipping_sent": _reply(
        Moment.SHIPPING,
        "已发货通知",
        "Shipped",
        "亲，您的订单 {tid} 已经发货啦，{carrier}，单号 {tracking}。请保持电话畅通，收到后先检查再签收哦。",
        "Your order {tid} has been shipped by {carrier}, tracking number {tracking}. Please check the parcel before "
        "you sign for it.",
        Claim.SHIPPED,
    ),
    "shipping_part": _reply(
        Moment.SHIPPING,
        "部分先发",
        "Part of it shipped",
        "亲，您订单 {tid} 里的部分宝贝已经发出，{carrier}，单号 {tracking}。其余的到货后马上为您寄出，请您放心。",
        "Part of your order {tid} is on its way by {carrier}, tracking number {tracking}. The rest follows as soon as "
        "it is here.",
        Claim.PART_SHIPPED,
    ),
    "shipping_promise": _reply(
        Moment.SHIPPING,
        "发货时间",
        "When it ships",
        "亲，您的订单 {tid} 还没有发货，我们会在{ship_by}前为您寄出。韩国直送的宝贝要从韩国采购，一般需要7到15天，麻烦您耐心等等。",
        "Your order {tid} is not shipped yet; it leaves us by {ship_by}. What we buy in Korea for you usually takes 7 "
        "to 15 days. Thank you for your patience.",
        Claim.NOT_SHIPPED,
    ),
    "shipping_ready": _reply(
        Moment.SHIPPING,
        "有货，很快安排",
        "Ready to go",
        "亲，您订单 {tid} 的宝贝都有货，仓库会按顺序为您打包，最晚{ship_by}前寄出。",
        "All goods of your order {tid} are in stock. The warehouse packs in turn and sends them by {ship_by} at the "
        "latest.",
        Claim.IN_STOCK,
        Claim.NOT_SHIPPED,
    ),
    "return_how": _reply(
        Moment.RETURN,
        "退货须知",
        "How returns work",
        "亲，支持退货的宝贝，请保持未穿着、未洗涤、吊牌完好，不影响二次销售。麻烦您先在订单里提交申请，并拍几张照片发给我，我尽快为您处理。",
        "Goods that can be returned must be unworn, unwashed and with their tags. Ask for it in your order first and "
        "send me a few photos; I will see to it soon.",
    ),
    "return_accepted": _reply(
        Moment.RETURN,
        "同意退货，寄回地址",
        "Return accepted: where to send it",
        "亲，您的退货申请已通过，请寄到：{return_address}。麻烦在{send_back_by}前寄出，包裹里附上旺旺号和订单号 {tid}，寄出后把单号发给我。",
        "Your return is accepted. Send it to: {return_address}. Please send it by {send_back_by}, put your nick and "
        "the order number {tid} inside, and tell me the tracking number.",
        Claim.RETURN_ACCEPTED,
    ),
    "return_received": _reply(
        Moment.RETURN,
        "退件已收到",
        "We have your return",
        "亲，您退回的宝贝我们已经收到（单号 {return_tracking}），仓库检查没有问题后就为您处理，请您稍等。",
        "We have received your return (tracking number {return_tracking}). Once it is checked we go on with it.",
        Claim.RETURN_RECEIVED,
    ),
    "return_refunded": _reply(
        Moment.RETURN,
        "退款完成",
        "Refunded",
        "亲，{refund} 已经退款成功，按您付款的方式原路退回，到账时间以银行为准，请您留意查收。",
        "{refund} has been refunded the way you paid; when it arrives is up to your bank.",
        Claim.REFUNDED,
    ),
    "exchange_accepted": _reply(
        Moment.EXCHANGE,
        "同意换货，寄回地址",
        "Exchange accepted: where to send it",
        "亲，您的换货申请已通过，为您换成 {wanted}。请把原来的宝贝寄到：{return_address}，寄出后把单号发给我，收到检查无误就给您换。",
        "Your exchange is accepted: you get {wanted}. Send the goods you have to: {return_address}, and tell me the "
        "tracking number. Once they are checked we send the new ones.",
        Claim.EXCHANGE_ACCEPTED,
    ),
    "exchange_postage": _reply(
        Moment.EXCHANGE,
        "换货请补邮费",
        "Postage of an exchange",
        "亲，换货寄出的邮费是 {postage_due}，麻烦您拍一下邮费链接，付好告诉我，我马上为您登记。",
        "The postage of the exchange is {postage_due}. Please pay it by the postage link and tell me; I note it at once.",
    ),
    "exchange_sent": _reply(
        Moment.EXCHANGE,
        "换货已寄出",
        "The exchange is on its way",
        "亲，换货已经寄出啦，{sent_tracking}。收到后有任何问题随时联系我，祝您穿得开心。",
        "Your exchange is on its way: {sent_tracking}. Tell me if anything is not right. Enjoy it!",
        Claim.EXCHANGE_SENT,
    ),
    "refusal_reason": _reply(
        Moment.REFUSAL,
        "婉拒售后申请",
        "Why we cannot do it",
        "亲，非常抱歉，这次的申请没能为您办理，原因是：{refusal}。如果您有新的照片或者其他情况，可以补充给我，我再帮您核实。",
        "I am very sorry that we cannot do this: {refusal}. If you have more photos or other facts, send them and I "
        "look at it again.",
        Claim.REFUSED,
    ),
    "refusal_preorder": _reply(
        Moment.REFUSAL,
        "代购商品不退换",
        "Bought for you in Korea",
        "亲，韩国直送的宝贝是按您的订单在韩国采购的，没有质量问题不能退换，这点在页面上有说明，请您理解。如果是质量问题，请拍照发给我，一定为您负责。",
        "Goods that we buy in Korea for your order cannot be returned unless they are faulty, as the page says. If "
        "something is wrong with them, send me photos and we will make it good.",
    ),
    "farewell": _reply(
        Moment.FAREWELL,
        "感谢惠顾",
        "Thank you",
        "亲，感谢您的支持！有任何问题随时找我，欢迎下次再来，祝您生活愉快～",
        "Thank you for shopping with us! I am here for any question. See you again, and have a lovely day.",
    ),
    "farewell_signed": _reply(
        Moment.FAREWELL,
        "签收后回访",
        "After it arrived",
        "亲，看到您的包裹已签收，宝贝还满意吗？有问题请先联系我，我们一定为您处理好；满意的话也欢迎给我们一个好评哦。",
        "I see that your parcel has been delivered. Are you happy with it? If not, come to me first and we put it "
        "right; if so, we are glad of a good review.",
        Claim.SIGNED,
    ),
}
