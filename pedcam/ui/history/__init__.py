"""Events of this session and of earlier days: lists, search, chart."""
