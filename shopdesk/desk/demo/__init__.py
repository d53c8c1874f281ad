"""A believable made-up shop: the demo of ``load_demo`` and the bulk orders of ``make_orders``.

One way makes both: people and a catalogue, an order with its life from placing to its end (``drafts``), and
COPY to write them (``copying``). ``stories`` then does by the services what the desk would do today.
"""
