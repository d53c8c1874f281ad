"""Reading the platform's export files into typed rows (D2): no database, one row at a time.

`files.open_export` recognises a file and yields its rows, `rows.read_order_row` and `rows.read_item_row`
make values of them, `mended.MendedFile` writes back what was rejected so that it can be mended.
"""
