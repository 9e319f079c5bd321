"""The probe: what records, inside a Python program, who did what and when. Loaded by sitecustomize.py, file by file.

Nothing of it is ever in `sys.modules` or on `sys.path` while the author's code runs, and nothing of it may raise there.
"""
