"""What satellites see: scenes, looks, detections, berth states."""
