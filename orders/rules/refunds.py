"""What a refund is called where several look for it."""

# The fact that money owed was paid out: written by the service, read by the list of what was paid out.
REFUND_PAID_OUT = "refund.paid_out"
