"""The one comment, against a real server that imitates GitHub and GitLab, the command run as a process."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from forge_server import HEAD, ME, TOKEN, Fault, Forge, Kind, cut, first, slow, status, trickled, tunnelled, well

Jobs = Callable[..., Any]
Serve = Callable[[Forge], Forge]
MARKER = "<!-- ctxaudit:report v1 key=default -->"
OTHER = "<!-- ctxaudit:report v1 key=other -->"
CHANGES = {"github": "PATCH", "gitlab": "PUT"}
KINDS = ["github", "gitlab"]


def trailer(run: int, attempt: int = 1) -> str:
    return f"<!-- ctxaudit:run {run}/{attempt} {HEAD} -->\n"


def forge_of(kind: Kind, **options: object) -> Forge:
    """A forge of this kind; GitLab's token may ask whose it is, a GitHub job's own may not."""
    return Forge(kind=kind, may_ask_who=kind == "gitlab", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_created_once_changed_in_place_and_not_written_where_it_says_the_same(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    said = [mine.run(run=1).stdout, mine.run(run=2).stdout, mine.run("--top", "1", run=3).stdout]
    assert said == ["comment created\n", "comment unchanged\n", "comment updated\n"]
    assert mine.forge.writes == ["POST", CHANGES[kind]]
    (body,) = mine.forge.ours
    assert body.startswith(f"{MARKER}\n### Build context: ")
    assert body.endswith(trailer(3, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_found_on_the_third_page_of_256_comments(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    for number in range(255):
        mine.forge.add("human", f"comment {number}")
    ours = mine.forge.add(ME, f"{MARKER}\nold\n{trailer(1)}")
    assert mine.run().stdout == "comment updated\n"
    assert mine.forge.writes == [CHANGES[kind]]
    assert sum("comments?" in asked.path or "notes?" in asked.path for asked in mine.forge.log) == 3
    assert len(mine.forge.comments) == 256
    assert "### Build context" in ours.body


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_ours_is_left_alone(job: Jobs, kind: Kind) -> None:
    theirs = {
        "human": [f"{MARKER}\nspoofed", f"> {MARKER}\nquoted"],
        ME: [f"Somebody wrote {MARKER}", f"{MARKER.replace('default', 'default2')}\nanother key"],
    }
    mine = job(forge_of(kind), kind=kind)
    for author, bodies in theirs.items():
        for body in bodies:
            mine.forge.add(author, body)
    assert mine.run().stdout == "comment created\n"
    assert mine.forge.writes == ["POST"]
    assert [one.body for one in mine.forge.comments[:4]] == [body for bodies in theirs.values() for body in bodies]


@pytest.mark.parametrize("kind", KINDS)
def test_two_keys_stand_side_by_side(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    for _ in range(2):
        mine.run()
        mine.run("--key", "other")
    assert mine.forge.writes == ["POST", "POST"]
    assert [body.partition("\n")[0] for body in mine.forge.ours] == [MARKER, OTHER]


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_the_oldest_stays(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    oldest, *_ = (mine.forge.add(ME, f"{MARKER}\nold {number}\n{trailer(number)}") for number in range(3))
    assert mine.run().stdout == "comment updated\n"
    assert mine.forge.writes == [CHANGES[kind], "DELETE", "DELETE"]
    assert mine.forge.comments == [oldest]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_deleted_between_the_list_and_the_change_is_made_again(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    mine.forge.add(ME, f"{MARKER}\nold")
    mine.forge.fault(CHANGES[kind], first(lambda forge: forge.comments.clear()))
    assert mine.run().stdout == "comment updated\n"
    assert mine.forge.writes == [CHANGES[kind], "POST"]
    assert len(mine.forge.ours) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("other", "kept"),
    [
        pytest.param(50, 100, id="an older run, whose comment we take over"),
        pytest.param(150, 150, id="a newer run, whose words stay"),
    ],
)
def test_of_two_runs_that_comment_at_the_same_time_the_newer_one_is_heard(
    job: Jobs, kind: Kind, other: int, kept: int
) -> None:
    mine = job(forge_of(kind), kind=kind)
    mine.forge.fault("POST", first(lambda forge: forge.add(ME, f"{MARKER}\nthe other\n{trailer(other)}")))
    assert mine.run(run=100).status == 0
    (body,) = mine.forge.ours
    assert body.endswith(trailer(kept))


@pytest.mark.parametrize("kind", KINDS)
def test_two_real_runs_leave_one_comment(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    processes = [mine.start(run=number) for number in (1, 2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    for process in processes:
        process.communicate()
    assert mine.run(run=3).status == 0
    assert len(mine.forge.ours) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_run_does_not_undo_a_newer_one(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    mine.run(run=200)
    before = list(mine.forge.ours)
    assert mine.run("--top", "1", run=199).stdout == "comment left to a newer run\n"
    assert mine.forge.writes == ["POST"]
    assert mine.forge.ours == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_that_is_no_longer_proposed_says_nothing(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind, head="a" * 40), kind=kind)
    assert mine.run("--require").stdout == "comment left alone: there are newer commits\n"
    assert mine.forge.writes == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_may_only_read_costs_one_notice(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind, read_only=True), kind=kind)
    answers = [mine.run(), mine.run("--require")]
    assert [answer.status for answer in answers] == [0, 2]
    assert answers[0].stdout.count("\n") == 1
    assert answers[0].stdout.startswith("::notice title=ctxaudit::No comment: " if kind == "github" else "No comment: ")
    assert answers[0].summary.startswith("### Build context: " if kind == "github" else "")
    assert mine.forge.comments == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_may_not_even_read_costs_one_notice(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    mine.forge.fault("GET", status(403, {"message": "Resource not accessible"}))
    answer = mine.run()
    assert (answer.status, answer.stdout.count("\n"), mine.forge.writes) == (0, 1, [])


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        pytest.param({}, "this job is about no pull request", id="a push"),
        pytest.param(
            {"merge_group": {"head_sha": HEAD}}, "this job is about no pull request", id="a group that is merged"
        ),
        pytest.param(
            {"workflow_run": {"event": "push", "head_sha": HEAD, "id": 1, "run_attempt": 1}},
            "this job is about no pull request",
            id="after a push",
        ),
    ],
)
def test_a_job_without_a_pull_request_has_its_summary(job: Jobs, event: dict[str, object], reason: str) -> None:
    mine = job(event=event)
    answer = mine.run()
    assert (answer.status, answer.stdout) == (0, f"::notice title=ctxaudit::No comment: {reason}.\n")
    assert answer.summary.startswith("### Build context: ")
    assert mine.forge.log == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_without_a_token_asks_nothing(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind, variables={"GITHUB_TOKEN": "", "CTXAUDIT_GITLAB_TOKEN": ""})
    assert [mine.run().status, mine.run("--require").status] == [0, 2]
    assert mine.forge.log == []


FROM_A_FORK = {
    "workflow_run": {
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "a branch#&?",
        "head_repository": {"owner": {"login": "fork"}},
        "id": 42,
        "run_attempt": 2,
        "pull_requests": [],
    }
}


def proposed(number: int, label: str, head: str) -> dict[str, object]:
    return {"number": number, "label": label, "head": {"sha": head}}


def test_the_pull_request_of_a_fork_is_the_one_that_proposes_the_commit(job: Jobs) -> None:
    pulls = [
        proposed(5, "fork:a branch#&?", "b" * 40),
        proposed(6, "other:a branch#&?", HEAD),
        proposed(7, "fork:a branch#&?", HEAD),
    ]
    mine = job(Forge(pulls=pulls), event=FROM_A_FORK)
    assert mine.run().stdout == "comment created\n"
    assert mine.forge.ours[0].endswith(trailer(42, 2))


def test_what_a_report_of_a_fork_s_says_of_pull_requests_counts_for_nothing(job: Jobs, tmp_path: Path) -> None:
    mine = job(Forge(pulls=[proposed(7, "fork:a branch#&?", HEAD)]), event=FROM_A_FORK)
    theirs = {"number": 1, "pull_request": {"number": 1, "head": {"sha": HEAD}}}
    document = {**json.loads(mine.report.read_text()), **theirs}
    document["targets"][0]["name"] = f"[a](http://evil.example) @octocat {OTHER}"
    mine.report = tmp_path / "hostile.json"
    mine.report.write_text(json.dumps(document))
    assert mine.run().stdout == "comment created\n"
    about = {asked.path.split("?")[0].rpartition("repos/o/r/")[2] for asked in mine.forge.log} - {"/user"}
    assert about == {"pulls", "pulls/7", "issues/7/comments"}
    assert mine.forge.ours[0].count("`[a](http://evil.example) @octocat <!-- ctxaudit:report v1 key=other -->`") == 2


def test_a_commit_that_no_pull_request_proposes_any_more_is_not_commented(job: Jobs) -> None:
    mine = job(Forge(pulls=[proposed(7, "fork:a branch#&?", "b" * 40)]), event=FROM_A_FORK)
    answer = mine.run()
    assert answer.stdout == (
        "::notice title=ctxaudit::No comment: no open pull request proposes the commit that was audited.\n"
    )
    assert mine.forge.writes == []


DAY = "Mon, 01 Jan 2024 00:00:00"


def nested(depth: int) -> list[object]:
    """Lists within each other."""
    found: list[object] = []
    for _ in range(depth):
        found = [found]
    return found


FAULTS = [
    pytest.param("GET", [status(500), status(502)], 0, ["POST"], id="an error of the server on a list is asked again"),
    pytest.param("GET", [cut], 0, ["POST"], id="a connection that is cut is tried again"),
    pytest.param("GET", [slow], 0, ["POST"], id="an answer that takes too long is asked for again"),
    pytest.param("GET", [trickled], 0, ["POST"], id="an answer whose first line takes too long is asked for again"),
    pytest.param("GET", [status(429, {}, Retry_After="1")], 0, ["POST"], id="a limit is waited for"),
    pytest.param("GET", [status(404)], 2, [], id="no such pull request"),
    pytest.param("GET", [status(401)], 2, [], id="a token that is not taken"),
    pytest.param("GET", [status(429, {}, Retry_After="3600")], 2, [], id="a limit of an hour is not waited for"),
    pytest.param("GET", [status(403, {}, Retry_After="1")], 0, ["POST"], id="a limit of 403 is waited for"),
    pytest.param(
        "GET",
        [status(403, {}, X_RateLimit_Remaining="0", X_RateLimit_Reset="99999999999")],
        2,
        [],
        id="a limit that is used up for long is not waited for",
    ),
    pytest.param(
        "GET", [status(429, {}, Retry_After=f"{DAY} +{'9' * 20}")], 0, ["POST"], id="a limit in a zone that is none"
    ),
    pytest.param(
        "GET", [status(429, {}, Retry_After=f"1 Jan {'9' * 20} 0:0")], 0, ["POST"], id="a limit of a year too far"
    ),
    pytest.param("GET", [status(400, {"message": nested(960)})], 2, [], id="a refusal in 960 lists"),
    pytest.param("GET", [status(500)] * 4, 2, [], id="a server that stays out of order"),
    pytest.param("GET", [well, well, status(200, {"no": "list"})], 2, [], id="an answer that is no list"),
    pytest.param("POST", [status(502)], 2, ["POST"], id="a POST is not repeated after an error of the server"),
    pytest.param("POST", [cut], 2, ["POST"], id="a POST is not repeated after a lost answer"),
    pytest.param("POST", [slow], 2, ["POST"], id="a POST is not repeated after an answer that takes too long"),
    pytest.param("POST", [trickled], 2, ["POST"], id="a POST is not repeated after a first line that takes too long"),
    pytest.param("POST", [status(401)], 2, ["POST"], id="a POST that is not allowed any more"),
    pytest.param("POST", [status(404)], 2, ["POST"], id="a POST to what is gone"),
    pytest.param("POST", [status(429, {}, Retry_After="1")], 0, ["POST", "POST"], id="a POST that a limit turned away"),
    pytest.param(
        "POST", [status(422, {"message": "too long"})], 0, ["POST", "POST"], id="shorter where it is too long"
    ),
    pytest.param("POST", [status(422)] * 2, 2, ["POST", "POST"], id="refused as it is, and at half the length"),
]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("method", "faults", "code", "writes"), FAULTS)
def test_a_first_comment_meets(
    job: Jobs, kind: Kind, method: str, faults: list[Fault], code: int, writes: list[str]
) -> None:
    mine = job(forge_of(kind), kind=kind)
    mine.forge.fault(method, *faults)
    answer = mine.run()
    assert (answer.status, mine.forge.writes) == (code, writes)
    assert answer.stderr.startswith("error: ") == (code == 2)
    assert len(mine.forge.ours) == (code == 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("faults", "code", "times"),
    [
        pytest.param([status(500), status(503, {}, Retry_After="1")], 0, 3, id="an error of the server"),
        pytest.param([cut], 0, 2, id="a lost answer"),
        pytest.param([slow], 0, 2, id="an answer that takes too long"),
        pytest.param([status(429, {}, Retry_After="1")], 0, 2, id="a limit"),
        pytest.param([status(403, {}, Retry_After="1")], 0, 2, id="a limit of 403"),
        pytest.param([status(403)], 0, 1, id="a right that was taken away, which costs one notice"),
        pytest.param([status(401)], 2, 1, id="a token that is not taken"),
        pytest.param([status(422), status(422)], 2, 2, id="a text that is refused"),
    ],
)
def test_a_change_meets(job: Jobs, kind: Kind, faults: list[Fault], code: int, times: int) -> None:
    mine = job(forge_of(kind), kind=kind)
    mine.forge.add(ME, f"{MARKER}\nold")
    mine.forge.fault(CHANGES[kind], *faults)
    assert mine.run().status == code
    assert mine.forge.writes == [CHANGES[kind]] * times


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(status(500), id="an error of the server"),
        pytest.param(status(429, {}, Retry_After="1"), id="a limit"),
        pytest.param(cut, id="a lost answer"),
        pytest.param(status(404), id="somebody was first"),
    ],
)
def test_a_deletion_meets(job: Jobs, kind: Kind, fault: Fault) -> None:
    mine = job(forge_of(kind), kind=kind)
    kept, _ = (mine.forge.add(ME, f"{MARKER}\nold {number}") for number in range(2))
    mine.forge.fault("DELETE", fault)
    assert mine.run().status == 0
    assert kept in mine.forge.comments


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_the_token_does_not_follow_to_another_host(job: Jobs, serve: Serve, kind: Kind, code: int) -> None:
    mine, elsewhere = job(forge_of(kind), kind=kind), serve(Forge())
    mine.forge.fault("GET", status(code, None, Location=f"{elsewhere.url}/user"))
    answer = mine.run()
    assert answer.status == 2
    assert "sends us on to 127.0.0.1, which must not get the token" in answer.stderr
    assert elsewhere.log == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("write", ["create", "change", "delete"])
def test_what_is_written_does_not_follow_to_another_host(job: Jobs, serve: Serve, kind: Kind, write: str) -> None:
    mine, elsewhere = job(forge_of(kind), kind=kind), serve(Forge())
    for number in range({"create": 0, "change": 1, "delete": 2}[write]):
        mine.forge.add(ME, f"{MARKER}\nold {number}")
    method = {"create": "POST", "change": CHANGES[kind], "delete": "DELETE"}[write]
    mine.forge.fault(method, status(307, None, Location=f"{elsewhere.url}/{write}"))
    answer = mine.run()
    assert (answer.status, mine.forge.writes[-1]) == (2, method)
    assert "which must not get the token" in answer.stderr
    assert elsewhere.log == []


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://[", id="half a bracket"),
        pytest.param("http://127.0.0.1:x/", id="a port that is none"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("/a b\xff", id="a path that wants escapes"),
    ],
)
def test_a_redirect_to_what_is_no_address_of_ours_is_an_error(job: Jobs, location: str) -> None:
    mine = job()
    mine.forge.fault("GET", status(302, None, Location=location))
    answer = mine.run()
    assert (answer.status, answer.stderr.startswith("error: "), mine.forge.writes) == (2, True, [])


def test_a_page_on_another_host_is_not_asked_for(job: Jobs, serve: Serve) -> None:
    mine, elsewhere = job(), serve(Forge())
    mine.forge.fault("GET", well, well, status(200, [], Link=f'<{elsewhere.url}/x?page=2>; rel="next"'))
    assert mine.run().status == 2
    assert elsewhere.log == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_without_end_comes_to_one(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    path = {"github": "repos/o/r/issues/7/comments", "gitlab": "projects/5/merge_requests/7/notes"}[kind]
    again = status(200, [], Link=f'<{mine.forge.url}/{path}?page=2>; rel="next"', X_Next_Page="2")
    mine.forge.fault("GET", well, well, *[again] * 200)
    answer = mine.run()
    assert (answer.status, mine.forge.writes, len(mine.forge.log)) == (2, [], 102)
    assert "the list has no end after 100 pages" in answer.stderr


def test_a_repository_that_moved_on_the_same_host_is_followed(job: Jobs) -> None:
    mine = job()
    mine.forge.fault("GET", status(301, None, Location="/repos/o/r/pulls/7"))
    assert mine.run().stdout == "comment created\n"


def test_redirects_come_to_an_end(job: Jobs) -> None:
    mine = job()
    mine.forge.fault("GET", *[status(302, None, Location="/user")] * 20)
    assert mine.run().status == 2
    assert len(mine.forge.log) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_base_address_below_a_path_and_by_way_of_a_proxy(job: Jobs, kind: Kind) -> None:
    prefix = {"github": "/api/v3", "gitlab": "/api/v4"}[kind]
    mine = job(forge_of(kind, prefix=prefix), kind=kind)
    away = f"http://forge.test{prefix}"
    mine.variables = {"GITHUB_API_URL": away, "CI_API_V4_URL": away, "http_proxy": mine.forge.url.replace(prefix, "")}
    assert mine.run().stdout == "comment created\n"
    assert [asked.path for asked in mine.forge.log if not asked.path.startswith(f"{away}/")] == []


def test_a_host_that_the_proxy_is_not_for_is_asked_itself(job: Jobs, serve: Serve) -> None:
    mine, proxy = job(), serve(Forge())
    mine.variables = {"http_proxy": proxy.url, "no_proxy": "127.0.0.1"}
    assert mine.run().stdout == "comment created\n"
    assert proxy.log == []


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"GITHUB_API_URL": "http://127.0.0.1:1"}, id="a port where nobody listens"),
        pytest.param(
            {"GITHUB_API_URL": "http://127.0.0.1:1", "http_proxy": f"http://user:{TOKEN}@127.0.0.1:1"}, id="a proxy"
        ),
        pytest.param({"GITHUB_API_URL": f"http://user:{TOKEN}@127.0.0.1"}, id="an address with credentials"),
        pytest.param({"GITHUB_API_URL": "https://127.0.0.1:x/"}, id="an address with a port that is none"),
        pytest.param({"GITHUB_API_URL": "https://[::1/"}, id="an address with half a bracket"),
        pytest.param({"http_proxy": "socks5://127.0.0.1:1"}, id="a proxy of another kind"),
        pytest.param({"http_proxy": "http://[::1"}, id="a proxy with half a bracket"),
        pytest.param({"GITHUB_API_URL": "file:///etc/passwd"}, id="an address that is none of the web"),
        pytest.param({"GITHUB_TOKEN": f"{TOKEN}\r\nX: y"}, id="a token of two lines"),
        pytest.param({"GITHUB_TOKEN": f"{TOKEN}é"}, id="a token with a letter that no token has"),
        pytest.param({"GITHUB_REPOSITORY": "o/r/../../user"}, id="a repository that leads elsewhere"),
        pytest.param({"GITHUB_EVENT_PATH": "/dev/zero"}, id="an event that is no file"),
    ],
)
def test_an_environment_that_is_wrong_is_one_error_without_the_token(job: Jobs, variables: dict[str, str]) -> None:
    mine = job(variables=variables)
    answer = mine.run("--max-wait", "0")
    assert answer.status == 2
    assert answer.stderr.startswith("error: ")
    assert "Traceback" not in answer.stderr
    assert mine.forge.log == []


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"CI_API_V4_URL": ""}, id="no address"),
        pytest.param({"CI_API_V4_URL": "file:///etc/passwd"}, id="an address that is none of the web"),
        pytest.param({"CI_API_V4_URL": f"http://user:{TOKEN}@127.0.0.1"}, id="an address with credentials"),
        pytest.param({"CI_PROJECT_ID": "5/../6"}, id="a project that leads elsewhere"),
        pytest.param({"CI_MERGE_REQUEST_IID": "7/../8"}, id="a merge request that leads elsewhere"),
        pytest.param({"CI_COMMIT_SHA": "main"}, id="a commit that is none"),
        pytest.param({"CTXAUDIT_GITLAB_TOKEN": f"{TOKEN}\r\nX: y"}, id="a token of two lines"),
    ],
)
def test_an_environment_of_gitlab_s_that_is_wrong_is_one_error(job: Jobs, variables: dict[str, str]) -> None:
    mine = job(forge_of("gitlab"), kind="gitlab", variables=variables)
    answer = mine.run("--max-wait", "0")
    assert (answer.status, answer.stderr.startswith("error: "), mine.forge.log) == (2, True, [])


def test_a_job_of_gitlab_s_without_a_merge_request_says_so_in_one_line(job: Jobs) -> None:
    mine = job(forge_of("gitlab"), kind="gitlab", variables={"CI_MERGE_REQUEST_IID": ""})
    answer = mine.run()
    assert (answer.status, answer.stdout) == (0, "No comment: this job is about no merge request.\n")
    assert mine.forge.log == []


def test_a_pipeline_of_a_merged_result_speaks_of_what_is_proposed(job: Jobs) -> None:
    variables = {"CI_COMMIT_SHA": "c" * 40, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD}
    mine = job(forge_of("gitlab"), kind="gitlab", variables=variables)
    assert mine.run().stdout == "comment created\n"
    assert mine.forge.ours[0].endswith(trailer(100))


@pytest.mark.parametrize("before", ["", "x" * 180], ids=["at once", "at the end of what is shown"])
def test_an_answer_that_repeats_the_token_is_not_repeated_with_it(job: Jobs, before: str) -> None:
    mine = job()
    mine.forge.fault("GET", status(401, {"message": f"{before} bad token {TOKEN}"}))
    said = mine.run().stderr
    assert (f"{before} bad token ***" in said, TOKEN[:8] in said) == (True, False)


LOGGING = "import logging, sys; logging.basicConfig(level=1); from ctxaudit.__main__ import main; sys.exit(main())"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [well, status(401, {"message": f"bad token {TOKEN}"}), cut])
def test_no_library_logs_the_token_however_much_it_may_say(job: Jobs, kind: Kind, fault: Fault) -> None:
    mine = job(forge_of(kind), kind=kind, launcher=("-X", "dev", "-c", LOGGING))
    mine.forge.fault("GET", fault)
    answer = mine.run()  # which greps all that is said
    assert "DEBUG:urllib3" in answer.stderr


def quiet(report: Path, folder: Path) -> Path:
    """The report of a build about which there is nothing to say."""
    document = json.loads(report.read_text())
    for target in document["targets"]:
        target.update(findings=[], proposal=None, comparison=None, gate=None)
    file = folder / "quiet.json"
    file.write_text(json.dumps(document))
    return file


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_say_makes_no_comment(job: Jobs, kind: Kind, tmp_path: Path) -> None:
    mine = job(forge_of(kind), kind=kind)
    mine.report = quiet(mine.report, tmp_path)
    assert mine.run().stdout == "comment not made: there is nothing to say\n"
    assert mine.run("--when", "always").stdout == "comment created\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "said", "left"),
    [
        pytest.param((), "updated", 1, id="it becomes one line"),
        pytest.param(("--delete-when-resolved",), "deleted", 0, id="it is deleted where that is wished"),
    ],
)
def test_where_there_is_nothing_to_say_any_more(
    job: Jobs, kind: Kind, tmp_path: Path, options: tuple[str, ...], said: str, left: int
) -> None:
    mine = job(forge_of(kind), kind=kind)
    mine.run()
    mine.report = quiet(mine.report, tmp_path)
    assert mine.run(*options).stdout == f"comment {said}\n"
    assert len(mine.forge.ours) == left
    assert all("nothing to act on" in body for body in mine.forge.ours)


FILE = '[comment]\nwhen = "always"\nkey = "of-the-file"\ndelete-when-resolved = true\n'


@pytest.mark.parametrize(
    ("file", "variables", "options", "key"),
    [
        pytest.param("ctxaudit.toml", {}, (), "of-the-file", id="the file"),
        pytest.param("ctxaudit.toml", {"CTXAUDIT_COMMENT_KEY": "of-a-variable"}, (), "of-a-variable", id="a variable"),
        pytest.param("ctxaudit.toml", {"CTXAUDIT_COMMENT_KEY": "no"}, ("--key", "given"), "given", id="an option"),
        pytest.param("ctxaudit.toml", {}, ("--no-config", "--when", "always"), "default", id="no file"),
        pytest.param("other.toml", {"CTXAUDIT_CONFIG": "other.toml"}, (), "of-the-file", id="another file"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_configured_is_what_is_said(
    job: Jobs,
    kind: Kind,
    tmp_path: Path,
    file: str,
    variables: dict[str, str],
    options: tuple[str, ...],
    key: str,
) -> None:
    (tmp_path / file).write_text(FILE)
    mine = job(forge_of(kind), kind=kind, variables=variables)
    mine.report = quiet(mine.report, tmp_path)
    assert mine.run(*options).stdout == "comment created\n"
    assert mine.forge.ours[0].startswith(f"<!-- ctxaudit:report v1 key={key} -->\n")


def test_a_job_that_follows_a_fork_s_believes_no_file_but_one_that_it_names(job: Jobs, tmp_path: Path) -> None:
    (tmp_path / "ctxaudit.toml").write_text(FILE)
    mine = job(Forge(pulls=[proposed(7, "fork:a branch#&?", HEAD)]), event=FROM_A_FORK)
    mine.variables = {"GITHUB_EVENT_NAME": "workflow_run"}
    assert mine.run().stdout == "comment created\n"
    assert mine.run("--config", "ctxaudit.toml").stdout == "comment created\n"
    assert [body.split()[3] for body in mine.forge.ours] == ["key=default", "key=of-the-file"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_comment_is_made_where_none_is_wanted(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind), kind=kind)
    assert mine.run("--when", "never").stdout == "comment not made: there is nothing to say\n"
    assert mine.forge.writes == []


def test_a_key_that_a_marker_cannot_hold_is_refused(job: Jobs) -> None:
    mine = job()
    assert mine.run("--key", "a --> b").status == 2
    assert mine.forge.log == []


CERTIFICATE = os.fspath(Path(__file__).with_name("loopback.pem"))  # for 127.0.0.1, until 2126, with its key


def test_a_certificate_of_the_environment_is_trusted_and_no_other(job: Jobs) -> None:
    mine = job(Forge(certificate=CERTIFICATE))
    refused = mine.run()
    assert refused.status == 2
    assert refused.stderr.endswith("the certificate is not one that this machine trusts\n")
    assert mine.forge.log == []
    mine.variables = {"SSL_CERT_FILE": CERTIFICATE}
    assert mine.run().stdout == "comment created\n"


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_passes_on_what_is_encrypted_and_gets_its_own_credentials_alone(job: Jobs, kind: Kind) -> None:
    mine = job(forge_of(kind, certificate=CERTIFICATE), kind=kind)
    with tunnelled() as tunnel:
        named = tunnel.url.replace("//", "//user:p%40ss@")
        mine.variables = {"SSL_CERT_FILE": CERTIFICATE, "HTTPS_PROXY": named, "NO_PROXY": ""}
        assert mine.run().stdout == "comment created\n"
    place = mine.forge.url.removeprefix("https://")
    assert {head.partition(" HTTP/")[0] for head in tunnel.heads} == {f"CONNECT {place}"}
    own = f"authorization: basic {b64encode(b'user:p@ss').decode()}".lower()
    assert [head for head in tunnel.heads if own not in head.lower()] == []
    assert TOKEN not in "".join(tunnel.heads)
    assert len(tunnel.passed) > 1000
    assert TOKEN.encode() not in tunnel.passed


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_long_is_shortened_before_it_is_sent(job: Jobs, kind: Kind, tmp_path: Path) -> None:
    mine = job(forge_of(kind), kind=kind)
    document = json.loads(mine.report.read_text())
    (target,) = document["targets"]
    target["findings"] = [{**target["findings"][0], "path": f"{number}/{'é' * 200}"} for number in range(1000)]
    mine.report = tmp_path / "long.json"
    mine.report.write_text(json.dumps(document))
    assert mine.run("--top", "0").stdout == "comment created\n"
    assert mine.forge.writes == ["POST"]
    assert "_Shortened: the whole report is in the JSON report._" in mine.forge.ours[0]
    assert len(mine.forge.ours[0]) <= 65_000
