"""Few-shot learners: functions over parameters and episodes."""
