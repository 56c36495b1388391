"""What a look at the whole system shows, as rows of words: the dashboard draws them, and
``top --once`` prints the same ones. Nothing here knows of colours, widths or widgets."""
