"""Who may ask a server: the keys in the catalog's database, and how often each was used."""
