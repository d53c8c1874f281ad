"""Pure decisions of the pages that span apps: plain values in, plain values out."""
