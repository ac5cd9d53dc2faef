import pathlib
import sys

for note in sorted(pathlib.Path("notes").glob("*.txt")):
    sys.stdout.write(note.read_text())
