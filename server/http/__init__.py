"""The HTTP API and pages: aiohttp handlers by resource, and the middlewares around them."""
