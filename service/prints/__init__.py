"""Papers that are printed of cases: the form of one child, the summary, the ledger of approvals."""
