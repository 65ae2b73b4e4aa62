"""The pictures of a run, from the files that it leaves: see runs/plot.py."""
