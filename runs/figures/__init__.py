"""The pictures of a run, from the files that it leaves: see runs/plot.py."""
from .needs import need

need("numpy", "h5py", "matplotlib", "PIL")
