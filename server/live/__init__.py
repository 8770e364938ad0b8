"""The push side: rooms, publisher, who may hear what. The only place that knows Socket.IO."""
