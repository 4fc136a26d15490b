"""The ledger: facts in SQL, tables made from them, artifacts by digest."""
