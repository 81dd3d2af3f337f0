"""Networks that embed images: functions over nested dictionaries of tensors."""
