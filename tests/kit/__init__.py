"""Shared support of the tests: servers, devices, people and the rows they start from. Holds no test."""
