"""The shop of tests/shop.sql, behind a gateway."""

from tests.api import own_shop, shop

__all__ = ["own_shop", "shop"]
