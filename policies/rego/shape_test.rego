package porchlight.shape_test

import data.porchlight.questions_test as questions
import data.porchlight.shape

valid(question) if shape.valid with input as question

test_the_question_is_whole if valid(questions.question)

# Every part, taken away or made null, makes the whole malformed. Only the members of `fields`, `sources` and
# `categories` may be fewer, and what the sets hold for a member is looked at by the rules themselves.
paths := {concat("/", [sprintf("%v", [step]) | some step in path]) |
	walk(questions.question, [path, _])
	count(path) > 0
	not in_a_set(path)
}

in_a_set(path) if {
	count(path) == 4
	path[2] in {"sources", "categories"}
}

test_a_custodian_is_named_by_a_word_and_not_by_a_place if {
	facts := questions.question.custodians.EMS
	not valid(questions.changed({"custodians": [facts], "items/0/custodian": 0}))
}

test_every_part_is_needed if {
	every path in paths - {"items/0", "items/0/fields/0", "items/0/fields/1", "consents/0"} {
		not valid(json.patch(questions.question, [{"op": "remove", "path": path}]))
	}
}

test_no_part_may_be_null if {
	every path in paths {
		not valid(json.patch(questions.question, [{"op": "replace", "path": path, "value": null}]))
	}
}

test_no_part_may_be_a_number if {
	every path in paths {
		not valid(json.patch(questions.question, [{"op": "replace", "path": path, "value": 1}]))
	}
}

test_no_more_than_the_bounds if {
	items := [questions.item | some _ in numbers.range(1, 200)]
	consents := [questions.consent | some _ in numbers.range(1, 64)]
	valid(questions.changed({"items": items, "consents": consents}))
	not valid(questions.changed({"items": array.concat(items, [questions.item])}))
	not valid(questions.changed({"consents": array.concat(consents, [questions.consent])}))
}
