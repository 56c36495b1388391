"""A program of its own that reads one page, ``python -m worker.page_reader``.

What a stranger's page does to a parser (too deep, too large, too slow, a crash) it
does to this process, whose memory and time are bounded. In: a line of JSON with the
``charset`` that the server named, or null, then the page. Out: JSON with ``title``,
``description`` and ``markdown``. Anything but exit code 0: it could not be read.
"""
