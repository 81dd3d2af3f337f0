"""Reading specifications and records, sampling episodes, decoding images."""
