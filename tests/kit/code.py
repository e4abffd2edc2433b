"""A program for the supervisor: the code that it is given as its only argument."""

import sys

if __name__ == "__main__":
    exec(sys.argv[1])
