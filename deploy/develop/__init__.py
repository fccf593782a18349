"""Set up a checkout and do the Makefile's work in it: run, test, check, bench.

Runs on the machine's own Python with the standard library alone, because nothing is installed
yet. Every step is skipped while the content of its inputs is what it was, so a second start costs
a few file hashes. Nothing here is imported by the product.
"""
