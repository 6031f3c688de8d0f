"""The house rules for Rego find what they are there to find, and leave sound rules alone."""

import pytest

from policies import bundle, lint

HEAD = "package porchlight.sample\n\n"

SOUND = [
    "default ok := false\n\nok if input.a == true\n\nreason := 1 if not ok\n",
    "default ok := false\n\nok if {\n\tinput.a == true\n}\n\nreason := 1 if {\n\tnot ok\n}\n",
    "default ok := false\n\nok if input.a\n\nreason := 1 if { not ok; input.b }\n",
    "f(x) if x == 1\n",
    "xs contains x if some x in input.xs\n",
    'text := "not input.a; http.send() with input"\n',
    "text := `not a\nwith b`\n\nmore := 1\n",
    "# not input.a, never http.send(x) with this\nx := 1\n",
    "nothing := input.not_a_negation\n",
    "import data.porchlight.other\n",
    'table := {\n\t"a": true,\n}\n',
    "x := 1 if {\n\tinput.a\n} else := 2\n",
]

UNSOUND = [
    ("reason := 1 if not ok\n", "negated rule ok has no default"),
    ("ok if input.a == true\n\nreason := 1 if not ok\n", "boolean rule ok has no default"),
    ("reason := 1 if not input.a\n", "negate only a plain rule name"),
    ("reason := 1 if not f(input.a)\n", "negate only a plain rule name"),
    ('reason := 1 if not "a" in input.xs\n', "negate only a plain rule name"),
    ("reason := 1 if not data.porchlight.other.ok\n", "negate only a plain rule name"),
    ("default ok := false\n\nok if input.a\n\nreason := 1 if not ok == true\n", "negate only a plain rule name"),
    ("default ok := false\n\nok if input.a\n\nreason := 1 if not ok[0]\n", "negate only a plain rule name"),
    ("reason := 1 if {\n\tnot\n\tinput.a\n}\n", "negate only a plain rule name"),
    ("reason := 1 if every x in input.xs { not x.ok }\n", "negate only a plain rule name"),
    ("ok if input.a == true\n", "boolean rule ok has no default"),
    ("ok if {\n\tinput.a == true\n}\n", "boolean rule ok has no default"),
    ("ok := true if input.a\n", "boolean rule ok has no default"),
    ("ok = true if input.a\n", "boolean rule ok has no default"),
    ("ok := false if input.a\n", "boolean rule ok has no default"),
    ("ok { input.a }\n", "boolean rule ok has no default"),
    ('x := http.send({"url": "u"})\n', "http.send is banned"),
    ('x := http.send ({"url": "u"})\n', "http.send is banned"),
    ("x := opa.runtime()\n", "opa.runtime is banned"),
    ('x := net.lookup_ip_addr("a")\n', "net.lookup_ip_addr is banned"),
    ('x := rand.intn("a", 2)\n', "rand.intn is banned"),
    ("x := time.now_ns()\n", "time.now_ns is banned"),
    ('x := uuid.rfc4122("a")\n', "uuid.rfc4122 is banned"),
    ("x := 1 if print(input)\n", "print is banned"),
    ('x := 1 if trace("a")\n', "trace is banned"),
    ("x := data.a.b with input as {}\n", "`with` belongs to tests"),
    ("import input.asker as asker\n", "import only data"),
    ("import future.keywords\n", "import only data"),
]


def test_the_rules_of_the_repository_are_clean() -> None:
    assert [str(finding) for finding in lint.findings(bundle.sources())] == []


@pytest.mark.parametrize("place", range(len(SOUND)))
def test_a_sound_rule_is_left_alone(place: int) -> None:
    assert lint.findings({"sample.rego": HEAD + SOUND[place]}) == []


@pytest.mark.parametrize("place", range(len(UNSOUND)))
def test_an_unsound_rule_is_found(place: int) -> None:
    text, says = UNSOUND[place]
    assert says in " ".join(finding.says for finding in lint.findings({"sample.rego": HEAD + text}))


def test_a_finding_names_its_file_and_line() -> None:
    text = HEAD + "# why\n\nx := `a\nb`\n\nok if input.a\n"
    assert [str(found) for found in lint.findings({"laws/sample.rego": text})] == [
        "laws/sample.rego:8: boolean rule ok has no default"
    ]
