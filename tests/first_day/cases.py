"""All sets."""

from __future__ import annotations

from tests.first_day import billing, crm, files, keys, messy, nine, product, shop, support, survey

CASES = (*nine.CASES, *crm.CASES, *billing.CASES, *support.CASES, *product.CASES, *survey.CASES, *shop.CASES, *files.CASES, *keys.CASES, *messy.CASES)
