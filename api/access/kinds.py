"""Why a request is not let in: code → status, and a detail as an example."""

KINDS: dict[str, tuple[int, str]] = {
    "key_missing": (
        401,
        "This needs an API key: send it as the header 'Authorization: Bearer KEY' or 'X-API-Key: "
        "KEY'.",
    ),
    "key_unknown": (401, "This API key is none of this server's, or it was revoked."),
    "scope_missing": (403, "The key lk_3f9c21d0 has the scope read; this needs write."),
    "url_too_long": (
        414,
        "The address has 9000 characters; 8192 is the most. Send a long image URL with POST, as a "
        "field of the form.",
    ),
    "host_unknown": (
        421,
        "This server does not go by the name in the request's Host header; start it with --auth, "
        "with --no-auth, or with that name in LOOKALIKE_HOSTS.",
    ),
    "rate_exceeded": (
        429,
        "The key lk_3f9c21d0 may make 60 requests a minute; ask again in 1 seconds.",
    ),
    "quota_exceeded": (
        429,
        "The key lk_3f9c21d0 may make 1000 requests a day; ask again in 3600 seconds.",
    ),
    "headers_too_large": (
        431,
        "The 20 headers have 40000 bytes; 100 headers and 32768 bytes are the most.",
    ),
    "keys_unavailable": (503, "The API keys cannot be read now; the server's log says why."),
}
