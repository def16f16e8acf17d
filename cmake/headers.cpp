// Nothing: the library of precompiled headers needs a source.
