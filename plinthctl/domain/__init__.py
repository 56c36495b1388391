"""What is true of jobs, wherever they are stored and whoever shows them.

Pure: no clock, no dice, no I/O. Times, random draws and rows are handed in.
"""
