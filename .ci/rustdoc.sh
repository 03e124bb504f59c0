#!/usr/bin/env bash
# The stable rustdoc, with its unstable options let through.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
