"""Who may ask this server, how often, and what it tells browsers."""
