import sys
from datetime import UTC, datetime


def main() -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S}\n")


if __name__ == "__main__":
    main()
