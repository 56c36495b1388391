"""The only room that speaks Redis: deliveries, wake-ups and live updates, all of them hints.

Nothing that is true is kept here: whatever is lost on this way is found in the store.
"""
