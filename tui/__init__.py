"""The dashboard, ``plinthctl top``.

Data goes one way: a feed thread reads one frozen frame and posts it, the app keeps it,
screens hand it to widgets, and widgets show it. What is asked of jobs goes the other way:
a key becomes an action, an action is done by a service off the screen's thread, and the
next frame shows its effect.
"""
