"""The course: its lessons, the learner's folder, and the checks that know when it is done."""
