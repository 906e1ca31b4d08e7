"""SPOILERS: the sealed builds of `./workshop challenge`, with their answers.

If you want to play it, stop reading here: each folder has the code of one build (`web.py`, perhaps
a `taster.py` of its own) and the `key.py` that says what is wrong with it.

They are programs, not part of the tutor: it copies one into a temporary folder and runs it there,
as it runs the app of a lesson.
"""
