"""The job that proposes free shipping for life: it needs the orders' addresses, so it is registered here."""

from django.utils.translation import gettext_lazy as _

from orders.selectors.exempt import is_buyer
from orders.services.lifetime import propose_lifetime_shipping
from shopdesk.base import jobs

jobs.register(
    jobs.Job(
        name="propose_lifetime_shipping",
        title=_("Propose free shipping for life"),
        purpose=_(
            "Asks a supervisor to confirm each of the ten buyers with the highest spend of the year before (M5)."
        ),
        service=propose_lifetime_shipping,
        exempts="member",
        acts_on=is_buyer,
        minute="30",
        hour="3",
        day="1",
        month="1",
    )
)
