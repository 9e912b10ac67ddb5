"""Recordings, snapshots and exports."""
