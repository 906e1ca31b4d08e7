"""Maintainers' proofs that the course is right. No learner's command needs any of it."""
