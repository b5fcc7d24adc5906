"""A shop under load while versions come, processes die and the database goes away: any lies?"""
