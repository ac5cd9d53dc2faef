"""What the ONBUILD images among Docker's official ones leave to the stages that are built on them.

Source: the files `onbuild/Dockerfile` of docker-library/node, python, ruby and golang, as they stood before those
variants were removed. What another image leaves is not known.
"""

from __future__ import annotations

from ctxaudit.values import expression

_NAME = expression(r"(?:docker\.io/)?(?:library/)?(node|python|ruby|golang):(?:[\w.]+-)*onbuild")
_COMMON = "WORKDIR /usr/src/app\n"
_LEFT = {
    "node": (
        f'{_COMMON}CMD [ "npm", "start" ]\nARG NODE_ENV\nENV NODE_ENV $NODE_ENV\nCOPY package.json /usr/src/app/\n'
        "RUN npm install && npm cache clean --force\nCOPY . /usr/src/app\n"
    ),
    "python": (
        f"{_COMMON}COPY requirements.txt /usr/src/app/\nRUN pip install --no-cache-dir -r requirements.txt\n"
        "COPY . /usr/src/app\n"
    ),
    "ruby": (
        f"{_COMMON}COPY Gemfile /usr/src/app/\nCOPY Gemfile.lock /usr/src/app/\nRUN bundle install\n"
        "COPY . /usr/src/app\n"
    ),
    "golang": (
        'WORKDIR /go/src/app\nCMD ["go-wrapper", "run"]\nCOPY . /go/src/app\nRUN go-wrapper download\n'
        "RUN go-wrapper install\n"
    ),
}


def left_by(image: str) -> str:
    """Give the instructions that an image leaves, with the directory and the command that it sets; "" for unknown."""
    found = _NAME.fullmatch(image)
    return _LEFT[found[1]] if found else ""
