"""What happens after training: event files, selection of the best checkpoint."""
