"""What `consulta verify` asks of an archive: form, log, heads, receipts, and the count once more by the core.

`checking` says which checks an archive asks for; each is a function of the module of its subject. The page
`verificar.html` makes the same checks by code of its own.
"""
