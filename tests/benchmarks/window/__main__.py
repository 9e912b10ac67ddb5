"""How well the window works: ``python -m tests.benchmarks.window drawing``, and others."""

import argparse
import importlib
import pkgutil
import sys

import tests.benchmarks.window


def main() -> int:
    """Run the measurement that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.window", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="MEASUREMENT")
    for found in pkgutil.iter_modules(tests.benchmarks.window.__path__):
        if found.name.startswith(("_", "test_")):
            continue
        module = importlib.import_module(f"tests.benchmarks.window.{found.name}")
        # A helper of several measurements is none itself.
        if not hasattr(module, "run"):
            continue
        text = (module.__doc__ or "").strip()
        command = commands.add_parser(found.name, help=text.partition("\n")[0], description=text)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
