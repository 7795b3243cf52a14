"""The cases of the envelope's vectors, one module for each part of FORMAT.md section 9."""
