"""Telling people and programs outside of alerts: the only room that does.

Each message is told by a process of its own, which is killed at its deadline: a
sink that hangs holds nothing up, and what it needs is loaded by nobody else.
"""
