import sys
from pathlib import Path

if __name__ == "__main__":
    sys.stdout.write(f"{Path('/etc/app/app.yml').read_text()}{len(list(Path('data').iterdir()))} files of data\n")
