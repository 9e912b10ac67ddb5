"""How well detectors find people: miss rate, average precision, rivals, mistakes."""
