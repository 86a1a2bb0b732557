"""What ships say: AIS read, decoded and laid out as columns."""
