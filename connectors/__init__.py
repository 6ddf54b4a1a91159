"""From the bytes that agencies send to records and issues. Knows no matching, no web, no database.

Imports nothing by itself: who wants the cells of one workbook loads no tables of records for it. One file is
``read.read``, many are ``files``; what came of it is ``reading``.
"""
