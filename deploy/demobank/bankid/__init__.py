"""A pretended BankID, for the demo and for tests: its API and an app in the browser.

    authority.py ─► certificates of this run
    orders.py    the orders and their rules; pure
    api.py       what relying parties call: auth, collect, cancel, over mutual TLS
    phone.py     what people use: pages that stand for the app on their phone

Not a real BankID: whoever opens it is whom they choose of the test customers. Tiski refuses it
outside demo mode. Nothing here is imported by the product.
"""
