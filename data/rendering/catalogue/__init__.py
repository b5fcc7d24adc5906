"""The 72 products as data, one module per department."""
