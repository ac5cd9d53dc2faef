"""What a secret looks like: vendors' formats, login files, names with values. Given bytes; reads nothing itself."""
