"""A program for the supervisor: runs the code given as its only argument."""

import sys

if __name__ == "__main__":
    exec(sys.argv[1])
