"""The tutor: the `./workshop` command, which starts, shows, loads and checks everything else.

It imports none of the other rooms. It uses them as a user would: as processes, and over HTTP.
"""
