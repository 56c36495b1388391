"""The simulator: the providers' protocols on loopback, in a process of its own.

    python -m worker.simulator --journal FILE --speed N [--port 0] [--with-parent]

It speaks Firecrawl, Exa, G2 and OpenAI-compatible chat completions as
``contracts/`` has them, checks what it is sent as strictly as they do, and
answers from what it is asked: every fact is invented from a company's name.
A pipeline cannot tell it from the real services, and none tries.
"""
