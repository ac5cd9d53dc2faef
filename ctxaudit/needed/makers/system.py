"""Programs of the system: those that install others, and those that do nothing to the project's files."""

from __future__ import annotations

import re

from ctxaudit.needed.makers.call import Call, Maker, Outcome, nothing, opaque, rows

_INSTALLERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ["apt-get", "apt", "aptitude", "yum", "dnf", "microdnf", "tdnf", "zypper", "brew", "snap", "choco"],
        ("install", "in"),
    ),
    "apk": ("add",),
    "pacman": ("-S", "-Sy", "-Syu", "-U"),
    "emerge": (),
    "xbps-install": (),
    "opkg": ("install",),
    "nix-env": ("-i", "-iA"),
    "pkg": ("install",),
}
_VALUED = "-t -o -c -p -X -r --repository --virtual --target-release --root --arch --setopt --enablerepo"


def install(call: Call) -> Outcome:
    """Packages by the names that a package manager of the system knows."""
    options = call.options(_VALUED)
    words = [*options.plain, *options.rest]
    subcommands = _INSTALLERS[call.program]
    is_install = not subcommands or any(word in subcommands for word in call.words)
    names = {_package(word) for word in words if word not in subcommands} if is_install else set()
    return Outcome(installs=frozenset(name for name in names if name))


def _package(word: str) -> str:
    """A package without its version: "*" where it is not known, or a file."""
    if "$" in word or word.endswith((".deb", ".rpm", ".apk")) or "://" in word:
        return "*"
    return re.split(r"[=<>~@:]", word)[0]


def version_manager(call: Call) -> Outcome:
    """nvm, asdf, mise and their like bring a runtime."""
    known = {"nvm": "node npm", "fnm": "node npm", "n": "node npm", "volta": "node npm", "rustup": "cargo rustc"}
    found = known.get(call.program, " ".join(call.words[1:]) or "*")
    return Outcome(installs=frozenset(found.split()))


def gem(call: Call) -> Outcome:
    options = call.options("-v --version -i --install-dir -n --bindir")
    names = options.plain[1:] if options.plain[:1] == ["install"] else []
    target = call.at(options.get("-i", "--install-dir")) if names else ()
    return Outcome(makes=target, installs=frozenset(names))


_SILENT = """
: [ [[ true false test echo printf cd pushd popd export set unset shopt read shift exit return break continue local
declare typeset readonly alias umask ulimit trap wait sleep kill type which command hash getopts let pwd date env
rmdir chmod chown chgrp ls id whoami groups uname hostname df du free ps top stat file wc tty
useradd adduser groupadd addgroup usermod groupmod deluser userdel passwd chpasswd su visudo locale-gen
update-locale dpkg-reconfigure debconf-set-selections apt-key apt-mark apt-cache apt-config add-apt-repository
update-alternatives update-ca-certificates update-ca-trust ldconfig setcap getcap a2enmod a2dismod a2ensite a2dissite
a2enconf a2disconf docker-php-ext-install docker-php-ext-configure docker-php-ext-enable docker-php-source
install-php-extensions pecl phpize pear gpg gpg2 dirmngr gpgconf sysctl modprobe ssh-keyscan ssh-keygen uuidgen
timedatectl arch nproc getent getconf seq expr basename dirname realpath readlink tput clear yes mktemp sync
yum-config-manager dnf-3 subscription-manager crb fc-cache mkfifo mknod nologin syslogd cron crond service
systemctl rc-service rc-update initctl supervisorctl mesg logger ulimit setfacl chattr newgrp login jobs fg bg disown
git-lfs rosdep keytool redis-server memcached mysqld postgres pg_ctl dbus-uuidgen localedef tzselect
"""

ROWS: dict[str, Maker] = {
    **rows(_SILENT, nothing),
    **rows(" ".join(_INSTALLERS), install),
    **rows("nvm fnm n volta asdf mise rbenv rvm pyenv sdk rustup goenv nodenv jenv", version_manager),
    "gem": gem,
    **rows("dpkg rpm installer", lambda call: Outcome(installs=frozenset("*"))),
    **rows("cat grep egrep fgrep sed awk head tail sort uniq cut tr diff cmp less find xargs jq yq", nothing),
    **rows("sha256sum sha512sum sha1sum md5sum base64 od hexdump xxd strings nm ldd objdump readelf strip", nothing),
    **rows("envsubst timeout nc ping dig nslookup curlie ssh scp http git-crypt", nothing),
    **rows(
        "php-fpm apache2-foreground apachectl apache2ctl apache2 nginx httpd httpd-foreground caddy openresty", nothing
    ),
    **rows("ansible-playbook docker kubectl helm terraform supervisord", opaque),
}
