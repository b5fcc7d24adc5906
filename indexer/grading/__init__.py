"""A version's grade: how well it answers, found out when it is built."""
