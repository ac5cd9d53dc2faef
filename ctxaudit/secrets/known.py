"""Words of values that everybody knows: the passwords of local services and samples, alone or joined."""

from __future__ import annotations


def word_set(*lines: str) -> frozenset[str]:
    """Return the words of lines."""
    return frozenset(" ".join(lines).split())


KNOWN = word_set(
    "access account admin administrator airflow an any api app auth authorization backend bar base baz bearer bitnami",
    "blank cat change changeit changeme clickhouse client code compose correct couchdb credential credentials db",
    (
        "default demo dev devel developer development disabled django docker dummy elastic elasticsearch "
        "email empty enabled"
    ),
    (
        "encrypted enter example existing fake false field file flask foo foobar for forge generate "
        "generated grafana guest"
    ),
    "here hidden homestead hunter id incorrect input insecure insert invalid is it jwt kafka key keyboard keycloak",
    "laravel letmein local localhost login long mariadb master me meilisearch memcached minio minioadmin missing mock",
    "mongo mongodb mssql my mysql name nats neo4j new nil node none not null of old only optional or p@ssw0rd p@ssword",
    (
        "pa55w0rd pa55word pa$$word pass passphrase passw0rd passwd password passwort pg pgadmin phoenix "
        "phrase placeholder"
    ),
    "plain please postgres postgresql private prod production public qwerty rabbitmq rails random real redacted redis",
    "replace replication required reset root run sa sail sample secret secrets server service session set some sonar",
    "spring sql staging strapi string strong super supersecret symfony temp test tester testing text the this to token",
    "true type typeorm undefined unknown unsafe unused user username value verify very web welcome wordpress wrong you",
    "scott tiger sysdba masterkey your zaq abc abcd abcde abcdef qwe asdf asdfgh test1234",
)
