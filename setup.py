"""Builds the audio callback in C where there is a compiler; see pyproject.toml."""

from __future__ import annotations

import runpy

from setuptools import setup

# Not cffi_modules: that one fails where there is no compiler.
build = runpy.run_path("streamer/outputs/_build_callback.py")
setup(
    ext_modules=[build["ffibuilder"].distutils_extension()],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
