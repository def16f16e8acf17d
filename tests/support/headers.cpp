// A target needs a source; this one has headers to offer, see tests/CMakeLists.txt.
