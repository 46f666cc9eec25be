"""What an upload costs: ``python -m benchmarks`` for CPU, ``python -m benchmarks.memory`` for memory."""
