"""The course: its lessons and hints, the learner's folder, progress and predictions."""
