"""Files of the casework: worksheets that townships fill in and send back, and receipts."""
