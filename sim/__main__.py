"""`python -m sim` is `dunning`."""

from sim.cli import main

if __name__ == "__main__":
    main()
