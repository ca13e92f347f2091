"""Tables from a spreadsheet into the catalogue: outlets, producers, products, certificates, and first stock.

Every importer has the same two verbs. ``plan(table)`` reads and compares, writes nothing, and names each change and
each bad row; ``apply(plan, actor=, at=)`` does it, inside the caller's transaction, and refuses a plan with a bad row.
The same file a second time plans nothing. What a file does not mention stays as it is: an import never deletes.

Import order: changes, cells, amounts, table, rows, slugs, lookups, announce, then the importers: outlets, producers,
products, certificates, stock.
"""
