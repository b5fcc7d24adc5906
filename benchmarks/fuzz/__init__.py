"""Does hostile input make anything but the library's own errors come out, or memory grow?"""
