"""What the made-up shop says of its products: origin, material, care, and size charts that overlap (T6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import Product
from orders.rules.products import ProductKind
from orders.rules.sizes import SizeRow, read_chart
from orders.services.products import change_product
from shopdesk.base.models import Staff

GOODS = (ProductKind.PROXY_PREORDER, ProductKind.PROXY_STOCK, ProductKind.CUSTOM, ProductKind.STANDARD)
# A word of the title, what it is made of, how it is cared for.
MADE_OF = (
    ("羊毛", "羊毛70%、羊绒10%、聚酯纤维20%", "干洗，悬挂存放"),
    ("羊绒", "山羊绒95%、羊毛5%", "冷水手洗，平铺晾干"),
    ("真丝", "桑蚕丝100%", "冷水手洗，不可拧干，反面低温熨烫"),
    ("针织", "棉60%、腈纶40%", "装袋机洗，平铺晾干"),
    ("牛仔", "棉98%、氨纶2%", "首次洗涤单独洗，会少量浮色"),
    ("羊皮", "头层羊皮", "避免暴晒，用皮具油保养"),
    ("皮", "牛皮", "避免泡水，阴凉通风处存放"),
    ("银", "925银", "不戴时密封存放，用擦银布擦拭"),
    ("鞋", "鞋面头层牛皮，橡胶底", "湿布擦拭，不可水洗"),
    ("靴", "鞋面牛皮，橡胶底", "湿布擦拭，不可水洗"),
    ("包", "棉质帆布", "局部擦洗"),
    ("西装", "聚酯纤维65%、粘胶纤维32%、氨纶3%", "干洗，垫布熨烫"),
    ("", "棉80%、聚酯纤维20%", "30度以下机洗，不可漂白"),
)
# By which sizes a product has. Neighbours overlap: who stands between them is told both.
CHARTS = (
    ({"S", "M", "L"}, "S 150-160 42-50\nM 158-166 48-57\nL 164-174 55-66"),
    (
        {"25", "26", "27", "28", "29"},
        "25 152-162 40-46\n26 155-165 44-50\n27 158-168 48-54\n28 160-170 52-59\n29 163-174 57-65",
    ),
)


def describe_products(manager: Staff, now: datetime) -> None:
    """By the service, as the manager who knows them."""
    at = now - timedelta(days=60)
    for product in (
        Product.objects.filter(kind__in=GOODS, virtual=False).order_by("pk").prefetch_related("skus")
    ):
        material, care = next((of, care) for word, of, care in MADE_OF if word in product.title)
        is_ours = product.kind in (ProductKind.CUSTOM, ProductKind.STANDARD)
        values = {"origin": "浙江杭州" if is_ours else "韩国", "material": material, "care": care}
        sizes = {sku.sku_properties_name.rpartition("尺码：")[2] for sku in product.skus.all()}
        chart: list[SizeRow] | None = next((read_chart(text)[0] for of, text in CHARTS if sizes == of), None)
        change_product(product.pk, values, chart=chart, actor=manager, now=at)
