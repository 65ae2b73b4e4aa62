"""What the scripts need of the Python that runs them, told before anything that is not of Python itself is imported."""
import importlib
import os
import shlex
import sys

SYSTEM = "/usr/bin/python3"  # whose packages `make deps-plot` installs


def need(*packages):
    """Ends with one line and the cure where one of the packages cannot be imported."""
    for name in packages:
        try:
            importlib.import_module(name)
        except Exception as error:  # what is half installed or built for another Python raises whatever it likes
            absent = isinstance(error, ModuleNotFoundError) and error.name == name
            script = os.path.basename(sys.argv[0]).removesuffix(".py")
            trouble = f"has no {name}" if absent else f"cannot import {name} ({type(error).__name__})"
            again = shlex.join([SYSTEM, *sys.argv]) if os.path.isfile(sys.argv[0]) else f"the same with PYTHON={SYSTEM}"
            sys.exit(f"{script.strip('-') or 'python'}: {sys.executable} {trouble}: `make deps-plot`, then {again}")
