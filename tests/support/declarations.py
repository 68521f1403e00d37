"""Declarations over which conditions are proved."""

from __future__ import annotations

WORKSPACE = """
entity account from created_at {
  account_id: text key
  created_at: timestamp
  status: one of ("trial", "active", "churned") required
  tier: ordered one of ("bronze", "silver", "gold")
  arr: money(USD) required
  seats: integer from 0 to 100_000
  used: integer from 0 to 1_000_000
  paying: boolean
  renewal: date
  region: text
}
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member") }
table logins of account by account_id at happened_at { device: text  minutes: integer }
metric use of account = used / seats
metric light of account = bands arr { under 10: "red", under 20: "amber", otherwise: "green" }
segment big of account { when arr > 1_000 }
segmentation size of account { segment large { when arr > 1_000 } segment medium { when arr > 100 } otherwise small }
"""
