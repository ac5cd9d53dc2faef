import sys
from pathlib import Path

if __name__ == "__main__":
    month, orders = sys.argv[1:]
    sys.stdout.write(Path("template.html").read_text().format(month=month, orders=orders))
